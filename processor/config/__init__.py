"""Settings: the only place that reads the environment.

An explicit environment variable wins over the project's `.env` file, that over the addresses of a running local stack
(written by `untuned up`), and that over the defaults. A setting is a field of one of the groups, and no more.
"""

from processor.config.loading import child_environment, load, project, secret
from processor.config.misspelt import Unread, unread
from processor.config.settings import GROUPS, Settings
from processor.config.stack import STACK_ADDRESSES, addresses, explicit, with_addresses

__all__ = [
    "GROUPS",
    "STACK_ADDRESSES",
    "Settings",
    "Unread",
    "addresses",
    "child_environment",
    "explicit",
    "load",
    "project",
    "secret",
    "unread",
    "with_addresses",
]
