"""What the answers of ticket-triage must hold to beyond their schema; the grounds are in tasks/ticket-triage/knowledge.

The word lists catch what is unmistakable in the languages that customers write in, and stay silent when in doubt: a
rule that fires on a right answer costs a call and a person's time.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from processor.core.rules import rule, violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Event, Passage, Violation

URGENCIES = {
    "safety": ("high", "critical"),
    "account": ("low", "normal", "high", "critical"),
    "payment": ("low", "normal", "high", "critical"),
    "product": ("low", "normal"),
    "other": ("low", "normal"),
}
"""What the handbook allows by category; every other category may be anything but critical."""

FOR_PEOPLE = ("safety", "privacy", "complaint")


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


HAZARD = _any(
    r"\bsmoke (?:came|comes|coming|out|from|rose|poured)\b",
    r"\b(?:saw|black|white|was) smoke\b",
    r"\bsparks\b|\bflames\b|\b(?:caught|catching|on) fire\b",
    r"\bsmell\w* (?:of|like) (?:burning|burnt|gas)\b|\bburnt plastic\b",
    r"\belectric(?:al)? shock\b|\bgot a (?:\w+ )?shock\b",
    r"\btipped over\b|\bcame off the wall\b|\bglass\b.{0,40}\bburst\b",
    r"\b(?:burns? on|burn(?:t|ed)|cuts on) (?:my|her|his)\b",
    r"\bFunken\b|\bFlammen\b|\bStromschlag|\bverschmort\b|\bangeschmolzen\b",
    r"\bGasgeruch\b|\briecht nach Gas\b|\bRauch (?:aus|kam|kommt)\b",
    r"\bde la fumée\b|\bétincelles\b|\bdécharge électrique\b|\bodeur de (?:gaz|brûlé)\b|\bpris feu\b",
    r"\bsale humo\b|\bchispas\b|\bdescarga eléctrica\b|\bolor a (?:gas|quemado)\b",
    r"\brook uit\b|\bvonken\b|\belektrische schok\b|\bgaslucht\b|\bbrandlucht\b",
)

DISPUTE = _any(
    r"\b(?:lawyers?|solicitors?|attorney|legal action|ombudsman|charge ?back)\b",
    r"\bconsumer (?:association|protection|programme)\b|\bdata protection (?:authority|commission)\b",
    r"\b(?:take|see) you (?:to|in) court\b|\breverse the payment\b",
    r"\b(?:Rechts)?anwalt\b|\bAnwältin\b|\bVerbraucherzentrale\b|\bzurückbuchen\b",
    r"\bavocate?\b|\btribunal\b|\babogad[oa]\b|\bdenunciar\b|\badvocaat\b|\brechtbank\b",
)

ORDERS_TO_THE_SYSTEM = _any(
    r"<\|[^|<>]{1,40}\|>|\[/?INST\]|<</?SYS>>|\bsystem prompt\b",
    r"\b(?:ignore|disregard|forget|override)\W+(?:\w+\W+){0,3}(?:previous|prior|above|earlier|your|system)\W+"
    r"(?:\w+\W+){0,2}(?:instructions?|rules|prompts?|guidelines)\b",
    r"\b(?:note|message|instructions?) (?:to|for) (?:the |an? )?(?:AI|assistant|bot|chatbot|model|system)\b",
    r"\byou are now (?:in \w+ mode|an? (?:\w+ )?(?:AI|assistant|bot|chatbot|model))\b",
    r"\bset (?:the )?(?:urgency|category) to\b|\"(?:urgency|needs_person)\"\s*:",
    r"\b(?:vergiss|vergessen Sie|ignoriere?n?)\W+(?:\w+\W+){0,3}(?:Anweisungen|Instruktionen|Vorgaben)\b",
    r"\b(?:ignore[zr]?|oublie[zr]?)\W+(?:\w+\W+){0,3}(?:instructions|consignes)\b",
    r"\b(?:ignora|olvida)\w*\W+(?:\w+\W+){0,3}instrucciones\b",
    r"\b(?:negeer|vergeet)\W+(?:\w+\W+){0,3}instructies\b",
)

NOT_PLAIN = re.compile(r"^\s*[=+@-]|https?:|www\.|<[a-z/!|]|[{}\x00-\x1f\x7f]", re.IGNORECASE)

NUMBER = re.compile(r"\d{2,}")


@rule(then="review")
def orders_to_the_system(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A message that gives orders to the assistant goes to people: whatever was answered may be what it wanted."""
    found = ORDERS_TO_THE_SYSTEM.search(_text(event))
    return violation("$", "The message gives orders to the system.", found=found.group()) if found else None


@rule(then="review")
def dispute_needs_person(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """An overlooked threat of law, chargeback or a consumer body is too dear for another try by the same model."""
    found = DISPUTE.search(_text(event))
    if found is None or answer["needs_person"]:
        return None
    message = "The message threatens law, a chargeback or a consumer body, so a person must see it."
    return violation("$.needs_person", message, found=found.group(), expected="true")


@rule
def hazard_is_safety(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Smoke, fire, shock, gas or injury is a safety matter even inside a question about a return."""
    found = HAZARD.search(_text(event))
    if found is None or answer["category"] == "safety":
        return None
    message = f"The message reports a hazard ({found.group()}), so the category is safety."
    return violation("$.category", message, found=answer["category"], expected="safety")


@rule
def urgency_fits_category(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Safety never waits, questions never rush, and critical is kept for danger and misuse, or it means nothing."""
    category, urgency = answer["category"], answer["urgency"]
    allowed = URGENCIES.get(category, ("low", "normal", "high"))
    if urgency in allowed:
        return None
    levels = " or ".join(allowed)
    message = f"In the category {category} the urgency is {levels}."
    return violation("$.urgency", message, found=urgency, expected=levels)


@rule
def people_decide(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Safety, privacy and complaints have desks of their own, by law or by promise; no automatic answer goes out."""
    if answer["category"] not in FOR_PEOPLE or answer["needs_person"]:
        return None
    message = f"A person must see every message of the category {answer['category']}."
    return violation("$.needs_person", message, found=False, expected="true")


@rule
def numbers_from_message(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """Models copy order numbers and amounts from examples; a wrong one sends somebody to a stranger's order."""
    given = _text(event)
    foreign = [number for number in NUMBER.findall(answer["reason"]) if number not in given]
    if not foreign:
        return None
    return violation("$.reason", "The reason names a number that is not in the message.", found=foreign[0])


@rule
def reason_is_plain_text(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """The reason is shown in tools and exported to spreadsheets: no link, mark-up, formula or control character."""
    if not NOT_PLAIN.search(answer["reason"]):
        return None
    message = "The reason holds a link, mark-up, a formula or control characters."
    return violation("$.reason", message, found=answer["reason"], expected="one short sentence in plain words")


@rule(severity="warning")
def reason_is_own_words(event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...]) -> Violation | None:
    """A reason copied from a past message tells nothing of this one; the labels may be right all the same."""
    reason = _words(answer["reason"])
    if not any(reason == _words(_reason_of(passage)) for passage in passages if passage.answer):
        return None
    return violation("$.reason", "The reason is copied from a past message.", found=answer["reason"])


def _text(event: Event) -> str:
    return str(event.input.get("text", ""))


def _reason_of(passage: Passage) -> str:
    return str(json.loads(passage.answer or "{}").get("reason", ""))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
