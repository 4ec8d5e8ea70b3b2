"""What the answers of ticket-routing must hold to beyond their schema; the grounds: tasks/ticket-routing/knowledge.

Teams, queues and people stand in tables that change weekly, so no rule knows one of them: what is right is read from
the rows that were retrieved for the ticket. Rows with a queue are owners (of systems, or desks); rows with a primary
are on-call rows.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation
from processor.rule_library import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Passage, Violation

    Row = Mapping[str, str]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
INCIDENT = "Security incident"
"""The matter of the desk whose row is the only right owner of an incident."""

RECEIVED = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})")
HOURS = re.compile(r"(daily|[A-Z][a-z]{2}-[A-Z][a-z]{2}) (\d{2}:\d{2})-(\d{2}:\d{2})")


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


INCIDENTS = _any(
    r"\b(?:a link|link in an? (?:e-?)?mail)\b.{0,120}\b(?:typed|entered)\b.{0,30}\bpass(?:word|code)\b",
    r"\bread (?:him|her|them|out) .{0,30}\b(?:code|password)\b.{0,30}\bphone\b|\bransomware\b|\basks for bitcoin\b",
    r"\b(?:api key|password|secret)s?\b.{0,60}\bpublic repository\b",
    r"\blaptop (?:was|got|has been) stolen\b|\bstolen laptop\b|\bstole my (?:\w+ )?laptop\b",
    r"\bauf einen Link\b.{0,80}\bPasswort\b.{0,30}\beingegeben\b|\bLaptop\b.{0,40}\bgestohlen\b",
    r"\bop een link\b.{0,80}\bwachtwoord\b.{0,30}\bingevuld\b|\blaptop\b.{0,40}\bgestolen\b",
    r"\bsur un lien\b.{0,80}\bsaisi mon mot de passe\b",
)
"""An incident beyond doubt, in the languages of the staff; in doubt the rule stays silent and the model decides."""

ORDERS_TO_THE_SYSTEM = (
    r"<\|[^|<>]{1,40}\|>|\[/?INST\]|<</?SYS>>|\bsystem prompt\b|</ticket>",
    (
        r"\b(?:ignore|disregard|forget|override)\W+(?:\w+\W+){0,3}(?:previous|prior|above|earlier|your|system)\W+"
        r"(?:\w+\W+){0,2}(?:instructions?|rules|prompts?|guidelines)\b"
    ),
    r"\byou are now (?:in \w+ mode|(?:an?|the) (?:\w+ )?(?:AI|assistant|bot|chatbot|model))\b",
    r"\bref ?: ?[DOR]-\d|\b(?:queue|primary|escalation) ?: ?[\w.-]{1,30} ?;|\"(?:team|queue|priority|on_call)\" ?:",
    r"\b(?:vergiss|vergessen Sie|ignoriere?n?)\W+(?:\w+\W+){0,3}(?:Anweisungen|Instruktionen|Vorgaben)\b",
    r"\b(?:ignore[zr]?|oublie[zr]?)\W+(?:\w+\W+){0,3}(?:instructions|consignes)\b",
    r"\b(?:negeer|vergeet)\W+(?:\w+\W+){0,3}instructies\b",
)


orders_to_the_system = texts.input_lacks(
    *ORDERS_TO_THE_SYSTEM,
    message="The ticket gives orders to the system.",
    then="review",
    description="A ticket that gives orders to the assistant or poses as a row may get what it wants: people look.",
)


@rule(then="review")
def rows_were_retrieved(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Without rows an owner is a guess, and a P1 whose rota has no row for the day would call nobody: a person must."""
    if not _owners(event, passages):
        return violation("$.queue", "No owner's row was found, so nobody can say where the ticket belongs.")
    owner = _owner(event, answer, passages)
    if owner and owner["escalation"] == "rota" and answer["priority"] == "P1" and not _on_duty(event, owner, passages):
        return violation(
            "$.on_call", "No on-call row of the team holds the day of the ticket, and a P1 must call someone."
        )
    return None


@rule
def queue_is_in_a_row(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Queues are renamed and handed over: one from memory or from a past ticket is read by nobody or the wrong team."""
    owners = _owners(event, passages)
    if not owners or _owner(event, answer, passages):
        return None
    message = "This queue stands in none of the rows for this ticket that hold on its day."
    expected = "one of " + ", ".join(owner["queue"] for owner in owners)
    return violation("$.queue", message, found=answer["queue"], expected=expected)


@rule
def team_matches_queue(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A queue belongs to one team; a team beside a foreign queue means that two rows were mixed up."""
    owner = _owner(event, answer, passages)
    if owner is None or answer["team"] == owner["team"]:
        return None
    message = f"The queue {owner['queue']} belongs to another team."
    return violation("$.team", message, found=answer["team"], expected=owner["team"])


@rule
def cites_what_it_used(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Whoever doubts a routing looks at the row that is cited: it must have been retrieved, and hold the queue."""
    known = {passage.columns.get("ref") for passage in passages if passage.columns}
    foreign = [ref for ref in answer["cites"] if ref not in known]
    if foreign:
        return violation("$.cites", "These rows were not given with the ticket.", found=foreign)
    owner = _owner(event, answer, passages)
    if owner is None or owner["ref"] in answer["cites"]:
        return None
    message = "The row that the queue stands in is not cited."
    return violation("$.cites", message, found=answer["cites"], expected=f"{owner['ref']} first")


@rule
def on_call_is_on_duty(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A call at night must reach the one on duty and nobody else; P3, P4 and P2 out of hours wake nobody."""
    owner = _owner(event, answer, passages)
    if owner is None:
        return None
    called = _on_duty(event, owner, passages) if _calls(event, answer["priority"], owner) else ()
    if answer["on_call"] in (called or (None,)):
        return None
    message = f"{answer['priority']} of this owner calls somebody else at this time."
    return violation("$.on_call", message, found=answer["on_call"] or "null", expected=" or ".join(called) or "null")


@rule
def priority_of_the_desk(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Desks have a fixed priority: an incident never waits, and what nobody owns wakes nobody."""
    owner = _owner(event, answer, passages)
    fixed = owner.get("priority", "") if owner else ""
    if not fixed or answer["priority"] in fixed.split(" or "):
        return None
    message = "The row of this desk has a fixed priority."
    return violation("$.priority", message, found=answer["priority"], expected=fixed)


@rule
def incident_goes_to_security(
    event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]
) -> Violation | None:
    """A password given away or a stolen laptop is an incident, P1, whatever system the ticket names: minutes count."""
    found = INCIDENTS.search(_text(event))
    desk = next((owner for owner in _owners(event, passages) if owner.get("matter") == INCIDENT), None)
    if not found or desk is None or (answer["queue"] == desk["queue"] and answer["priority"] == "P1"):
        return None
    message = f"The ticket reports a security incident ({found.group()[:60]})."
    return violation("$.queue", message, found=answer["queue"], expected=f"{desk['queue']} with priority P1")


def _text(event: Event) -> str:
    return str(event.input.get("text", ""))


def _received(event: Event) -> dt.datetime | None:
    """When the ticket came, in Venlo time; None where it cannot be read."""
    found = RECEIVED.search(str(event.input.get("received", "")))
    try:
        return dt.datetime.fromisoformat(" ".join(found.groups())) if found else None
    except ValueError:
        return None


def _holds(row: Row, received: dt.datetime | None) -> bool:
    """Whether the row's days, first and last included, hold the ticket's; an empty end is open."""
    if received is None:
        return not row.get("from") and not row.get("to")
    day = received.date().isoformat()
    return (row.get("from") or day) <= day <= (row.get("to") or day)


def _owners(event: Event, passages: tuple[Passage, ...]) -> tuple[Row, ...]:
    """The owners' rows that hold on the ticket's day."""
    received = _received(event)
    return tuple(each.columns for each in passages if each.columns.get("queue") and _holds(each.columns, received))


def _owner(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Row | None:
    """The row of the answer's queue."""
    return next((owner for owner in _owners(event, passages) if owner["queue"] == answer["queue"]), None)


def _calls(event: Event, priority: str, owner: Row) -> bool:
    """Whether a ticket of this priority calls anybody: P1 at any time, P2 within the owner's hours."""
    if priority == "P1":
        return True
    received = _received(event)
    return priority == "P2" and received is not None and _within(owner["hours"], received)


def _within(hours: str, moment: dt.datetime) -> bool:
    """Whether hours such as `24/7`, `daily 07:00-22:00` or `Mon-Fri 08:00-18:00` hold a moment; the end is outside."""
    if hours == "24/7":
        return True
    found = HOURS.fullmatch(hours)
    if found is None:
        raise ValueError(f"hours are `24/7` or such as `Mon-Fri 08:00-18:00`, not {hours!r}")
    days, opens, closes = found.groups()
    first, last = ("Mon", "Sun") if days == "daily" else days.split("-")
    open_today = DAYS.index(first) <= moment.weekday() <= DAYS.index(last)
    return open_today and opens <= f"{moment:%H:%M}" < closes


def _on_duty(event: Event, owner: Row, passages: tuple[Passage, ...]) -> tuple[str, ...]:
    """Whom the owner's row tells to call. Beside a note, which only people read, the deputy counts as well."""
    if owner["escalation"] != "rota":
        return () if owner["escalation"] == "none" else (owner["escalation"],)
    received = _received(event)
    rota = (each.columns for each in passages if each.columns.get("primary"))
    rows = (row for row in rota if row["team"] == owner["team"] and _holds(row, received))
    people = ((row["primary"], row["deputy"] if row.get("note") else row["primary"]) for row in rows)
    return tuple(dict.fromkeys(name for pair in people for name in pair))
