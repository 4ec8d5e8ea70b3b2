"""What makes two messages the same attempt at the same event: what one of them has done, the other need not do."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.core.records import Message, Work

HASH_BYTES = 8


def of(work: Work) -> str:
    """The attempt's name: task, event id, how often the event was replayed, attempt number, and a hash of what came in.

    Producers choose the id, and the same id is the same event; a replay is meant to be done once more. Where a producer
    uses an id again for another input, or with other attributes (which decide what may be seen for it), that is worked
    on: nothing that came in is dropped unseen, nor answered from what another event may see.
    """
    came = [work.event.input, dict(work.event.attributes)]
    given = json.dumps(came, sort_keys=True, default=str).encode()
    return json.dumps([work.event.task, work.event.id, work.replay, work.attempt, _hash(given)], ensure_ascii=False)


def of_place(message: Message) -> str:
    """For a message that holds no event: where it stands, and a hash of it (a topic may be made anew)."""
    return json.dumps([str(message.origin), _hash(message.value or b"")], ensure_ascii=False)


def _hash(given: bytes) -> str:
    return hashlib.blake2b(given, digest_size=HASH_BYTES).hexdigest()
