"""How templates become pages. Everything that they write is escaped, and safe to look at."""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from processor.core.views import display
from processor.measure.ladder import told
from processor.review.values import Filter
from processor.review.web import words
from processor.review.web.item import attempts

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from processor.review.values import Reviewer
    from processor.review.web.site import Site

NONE = "–"
"""What stands where there is nothing."""


def environment(site: Site, static: Callable[[str], str], trouble: Callable[[], str]) -> jinja2.Environment:
    """The templates of the application.

    Each value is written out safe (`display.safe`) and escaped; `exact` leaves a text as it is but for the escaping,
    for the values of controls, which are sent back. Templates know `static(name)`, `now()`, `trouble()` (why Kafka
    cannot be reached, or empty) and `waiting(me)` (how many items are open for the reviewer).
    """
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "exact": escape,
        "shown": display.safe,
        "safe_text": display.safe,
        "line": display.short,
        "pretty": pretty,
        "places": attempts.places,
        "duration": display.duration,
        "age": lambda at: age((site.now() - at).total_seconds()),
        "time": moment,
        "iso": lambda at: at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "money": money,
        "count": lambda number: f"{number:,}",
        "place": words.place,
        "reason": words.reason,
        "action": words.action,
    }
    made.globals |= {
        "static": static,
        "now": site.now,
        "trouble": trouble,
        "waiting": lambda me: waiting(site, me),
    }
    return made


def waiting(site: Site, me: Reviewer) -> int:
    """How many items are open for the reviewer."""
    return site.view.counts(Filter(), me).open


def pretty(value: Any) -> str:
    """JSON for people: indented, letters as they are, and safe to look at."""
    return display.safe_json(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def age(seconds: float) -> str:
    """How long ago, in one unit: `just now`, `4 min`, `3 h`, `12 d`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "just now"


def moment(at: dt.datetime) -> str:
    """`28 Nov 2026, 09:30 UTC`."""
    return f"{at.astimezone(dt.UTC):%-d %b %Y, %H:%M} UTC"


def money(usd: Decimal | float | None) -> str:
    """`$0.0004`; a dash where the price is not known."""
    return NONE if usd is None else told.usd(float(usd))


def _file(name: str) -> str | None:
    found = resources.files("processor.review.web") / "templates" / name
    return found.read_text(encoding="utf-8") if found.is_file() else None


def _finalize(value: Any) -> Any:
    """What a template writes: safe text; a dash for None."""
    if value is None:
        return NONE
    return value if isinstance(value, Markup) else display.safe(str(value))
