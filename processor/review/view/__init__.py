"""The local view of the topics, in SQLite: what the pages read. Nothing in it is only there.

messages -> entries -> writing (one transaction with the offsets) -> asking (filter, scope, blindness as SQL) -> rows
"""

from processor.review.view.store import Store, damaged
from processor.review.view.view import View

__all__ = ["Store", "View", "damaged"]
