"""Order and range of dates. Times count by their day (in UTC) beside dates, and exactly beside times."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import TYPE_CHECKING, Any, Unpack

from processor.core import errors
from processor.core.rules import Rule, violation
from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Violation
    from processor.rule_library.making import Options

ISO_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)


def in_order(earlier: str, later: str, *, most_days: int | None = None, **options: Unpack[Options]) -> Rule:
    """A date is not before another one, and not more than `most_days` after it.

    Example: `dates.in_order("$.invoice_date", "$.due_date", most_days=180)`
    """
    making.need(most_days is None or most_days >= 0, "most_days is a number of days from 0")
    first, second = making.steps(earlier), making.steps(later)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for begins, ends in making.together(answer, first, second):
            for (_, start), (path, end) in itertools.product(begins, ends):
                apart = _days_apart(start, end)
                if apart is None:
                    continue
                if apart < 0:
                    yield violation(path, f"This is before {earlier}, {start}.", found=end, expected="not before it")
                elif most_days is not None and apart > most_days:
                    expected = f"at most {most_days} days after {earlier}, {start}"
                    yield violation(path, f"This is {apart} days after {earlier}.", found=end, expected=expected)

    limit = "" if most_days is None else f" and at most {most_days} days after it"
    return making.make(check, f"{later} is not before {earlier}{limit}", (earlier, later), options)


def within(path: str, *, first: str | None = None, last: str | None = None, **options: Unpack[Options]) -> Rule:
    """A date lies in a fixed range, both ends included; they are written `2026-01-31`.

    Example: `dates.within("$.date_of_birth", first="1900-01-01", last="2026-12-31")`
    """
    making.need(first or last, "give `first` or `last`, or both")
    low, high = _bound(first, dt.date.min), _bound(last, dt.date.max)
    making.need(low <= high, f"first, {first}, is after last, {last}")
    expected = " and ".join(part for part in (first and f"from {first}", last and f"until {last}") if part)
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for where, value in making.located(answer, at):
            if isinstance(value, dt.date) and not low <= _as_day(value) <= high:
                yield violation(where, "This date is out of range.", found=value, expected=f"a date {expected}")

    return making.make(check, f"{path} is {expected}", (path,), options)


def near(
    path: str, field: str, *, before: int | None = None, after: int | None = None, **options: Unpack[Options]
) -> Rule:
    """A date lies at most `before` days before and `after` days after a date that the event's input gives.

    `field` is a text of the input; the first `2026-01-31` in it counts, and without one the rule is silent.

    Example: `dates.near("$.delivery", "received", before=0, after=365)`
    """
    making.need(before is not None or after is not None, "give `before` or `after`, in days, or both")
    making.need(min(before or 0, after or 0) >= 0, "`before` and `after` are numbers of days from 0")
    limits = [f"{days} days {word}" for days, word in ((before, "before"), (after, "after")) if days is not None]
    allowed = f"at most {' and '.join(limits)}"
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        given = _given(event.input.get(field))
        if given is None:
            return
        for where, value in making.located(answer, at):
            if not isinstance(value, dt.date):
                continue
            apart = (_as_day(value) - given).days
            if (before is not None and apart < -before) or (after is not None and apart > after):
                message = f"This is {abs(apart)} days {'before' if apart < 0 else 'after'} {field}, {given}."
                yield violation(where, message, found=value, expected=f"{allowed} it")

    return making.make(check, f"{path} is {allowed} the input's {field}", (path,), options)


def _days_apart(start: Any, end: Any) -> int | None:
    """Whole days from one to the other, negative where they are in the wrong order; None where one is no date."""
    if isinstance(start, dt.datetime) and isinstance(end, dt.datetime):
        return (end - start).days
    if isinstance(start, dt.date) and isinstance(end, dt.date):
        return (_as_day(end) - _as_day(start)).days
    return None


def _as_day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _bound(text: str | None, default: dt.date) -> dt.date:
    try:
        return default if text is None else dt.date.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise errors.UsageError(f"{text!r} is no date such as 2026-01-31") from error


def _given(text: Any) -> dt.date | None:
    found = ISO_DATE.search(text) if isinstance(text, str) else None
    try:
        return dt.date.fromisoformat(found.group()) if found else None
    except ValueError:
        return None
