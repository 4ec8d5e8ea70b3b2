"""How long a reviewer had an item before them: as the page says, never longer than the server knows."""

from __future__ import annotations

import datetime as dt
import math
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass

KEPT = 10_000
"""Pages whose beginning is remembered; of older ones, and of those of another instance, the page's word counts."""

LONGEST = 3600.0
"""Seconds that are believed of a page whose beginning is not known here."""

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a form carries: the id of the ruling that it will make, and when it was first shown, in ISO 8601."""

    id: str
    opened: str


class Openings:
    """When forms were shown, by the ids of their rulings."""

    def __init__(self) -> None:
        self._opened: OrderedDict[str, dt.datetime] = OrderedDict()

    def stamp(self, now: dt.datetime) -> Stamp:
        """A new form's."""
        made = Stamp(secrets.token_urlsafe(18), now.isoformat())
        self._opened[made.id] = now
        while len(self._opened) > KEPT:
            self._opened.popitem(last=False)
        return made

    def seconds(self, stamp: Stamp, visible: str, now: dt.datetime) -> float:
        """How long the form was looked at; `visible` is the page's own count, empty without its script."""
        known = self._opened.get(stamp.id)
        elapsed = _elapsed(known, now) if known else min(_elapsed(_moment(stamp.opened), now), LONGEST)
        said = _number(visible)
        return round(elapsed if said is None else min(said, elapsed), 1)


def again(ruling: str, opened: str, now: dt.datetime) -> Stamp:
    """The stamp of a form that came back: it keeps its id, so that sent twice it is one ruling."""
    known = ruling if _ID.fullmatch(ruling) else secrets.token_urlsafe(18)
    return Stamp(known, (_moment(opened) or now).isoformat())


def _elapsed(since: dt.datetime | None, now: dt.datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _moment(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None
