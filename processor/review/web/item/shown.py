"""An item as its page shows it to one reviewer: what they must not know is not in it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from processor.review.web.item import attempts as item_attempts
from processor.review.web.item import passages as item_passages
from processor.review.web.item import raw as item_raw
from processor.review.web.item import reasons as item_reasons
from processor.review.web.item import story as item_story
from processor.review.web.item import texts as item_texts

if TYPE_CHECKING:
    from processor.review.values import Item, Reviewer


@dataclass(frozen=True, slots=True)
class Shown:
    """An item, laid out.

    Attributes:
        item: the item itself; the template reads only its key and when it came.
        blind: whether it is a blind check for the reviewer.
        done: whether it is decided, so that this reviewer has nothing more to decide.
        texts: what the event says; None where there is no event.
        raw: bytes that are no event.
        why: why it is here; None where the reviewer must not know it.
        attempts: empty where the reviewer must not know them.
        passages: what the model saw.
        story: what happened, as far as the reviewer may know it.
        cost: of all attempts, in US dollars; None where it is not known, or must not be.
    """

    item: Item
    blind: bool
    done: bool
    texts: item_texts.Texts | None
    raw: item_raw.Raw | None
    why: item_reasons.Why | None
    attempts: tuple[item_attempts.Attempt, ...]
    passages: tuple[item_passages.Passage, ...]
    story: tuple[item_story.Step, ...]
    cost: Decimal | None


def of(item: Item, me: Reviewer) -> Shown:
    """What the reviewer may see of an item."""
    record, blind = item.record, item.blind_for(me.name)
    event = record["event"]
    cost = record["cost_usd"]
    return Shown(
        item=item,
        blind=blind,
        done=item.ruling is not None and not blind,
        texts=item_texts.of(event) if event else None,
        raw=None if event else item_raw.shown(raw_bytes(item)),
        why=None if blind else item_reasons.why(record),
        attempts=() if blind else item_attempts.shown(record["attempts"]),
        passages=item_passages.shown(record["passages"], _said(event["input"]) if event else ""),
        story=item_story.of(item, blind=blind),
        cost=None if blind or cost is None else Decimal(cost),
    )


def raw_bytes(item: Item) -> bytes:
    """The bytes of an item that is no event; empty of others. In records of JSON they are base64."""
    raw = item.record["raw"]
    return base64.b64decode(raw) if isinstance(raw, str) else bytes(raw or b"")


def _said(given: object) -> str:
    """All that an input says, to be looked through for words; a JSON escape is none of their letters."""
    return re.sub(r"\\.", " ", json.dumps(given, ensure_ascii=False, default=str))
