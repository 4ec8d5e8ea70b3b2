"""A task's contract as a form, and a posted form as an answer; pure.

contract.shape + answer + violations -> Field tree -> HTML (web)
posted names and texts + contract.shape -> answer as JSON as a model gives it
"""

from processor.review.forms.field import INDEX, Field, Kind
from processor.review.forms.posted import ADD, REMOVE, asks_for_form, read, typed
from processor.review.forms.shown import ITEMS_LIMIT, build

__all__ = ["ADD", "INDEX", "ITEMS_LIMIT", "REMOVE", "Field", "Kind", "asks_for_form", "build", "read", "typed"]
