"""A server that the user's settings name instead of a local one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor import config
from processor.core import errors

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.local.job import Job
    from processor.local.server import Server


def greet(server: Server, settings: Settings, job: Job) -> dict[str, str]:
    """Ask it whether it answers, and leave it alone.

    Returns:
        Its addresses, by the names of the environment.

    Raises:
        StackError: it does not answer, or not as it should.
    """
    job.say("yours: asking it")
    met = complaint(server, settings)
    if isinstance(met, errors.Unavailable):
        names = " and ".join(sorted(variables(server, settings)))
        raise errors.StackError(
            f"{server.name}: you set {names}, but it does not answer at {server.where(settings)}: "
            "start it or mend the address, or unset it and one is started here"
        ) from met
    if met:
        raise errors.StackError(f"{server.name}: {met}") from met
    job.finish(f"yours, at {server.where(settings)}", well=True)
    return {name: value for name, value in config.addresses(settings).items() if name in server.addresses(0) and value}


def variables(server: Server, settings: Settings) -> set[str]:
    """Which of the server's variables the user has set: with any of them it is the user's own."""
    return config.explicit(settings.project) & server.addresses(0).keys()


def complaint(server: Server, settings: Settings) -> errors.UntunedError | None:
    """What a client meets that asks it for nothing that costs; None where all is well."""
    try:
        server.check(settings, thorough=False)
    except (errors.StageError, errors.UsageError) as error:
        return error
    return None
