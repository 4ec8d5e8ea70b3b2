"""Messages of the topics into the view: all that came at once in one go, and none because of another."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from processor.review.view import damaged, entries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from processor.core.records import Message
    from processor.review.view.entries import Entry, Kind, Read
    from processor.review.view.store import Store
    from processor.review.view.writing import Place


class Filling:
    """Into one store.

    Args:
        store: of the view.
        kinds: what a topic holds, by its full name.
        read: the record of a message.
        log: tells what is passed over.
    """

    def __init__(self, store: Store, kinds: Mapping[str, Kind], read: Read, log: Callable[..., None]) -> None:
        self._store, self._kinds, self._read, self._log = store, kinds, read, log

    def put(self, messages: Sequence[Message]) -> dict[Place, int]:
        """Put messages into the view; gives the offsets behind them.

        Raises:
            sqlite3.Error: the file cannot be written to, or is damaged; nothing of it is in the view.
        """
        kinds = [self._kinds[message.origin.topic] for message in messages]
        built = [entries.build(kind, message, self._read) for kind, message in zip(kinds, messages, strict=True)]
        if strange := sum(entry is None and kind != "results" for entry, kind in zip(built, kinds, strict=True)):
            self._log("review_messages_skipped", messages=strange)
        behind = {(at.topic, at.partition): at.offset + 1 for at in (message.origin for message in messages)}
        self._write([entry for entry in built if entry is not None], behind)
        return behind

    def _write(self, built: Sequence[Entry], behind: Mapping[Place, int]) -> None:
        """Write entries in one go; where one of them cannot be written, the others one by one."""
        try:
            with self._store.transaction() as writer:
                strange = writer.apply(built, behind)
            for ref in strange:
                self._log("review_item_same_id", item=ref)
        except sqlite3.OperationalError:  # the disk is full, say
            raise
        except Exception as error:
            if damaged(error):
                raise
            for entry in built:
                self._write_alone(entry)
            with self._store.transaction() as writer:
                writer.apply((), behind)

    def _write_alone(self, entry: Entry) -> None:
        try:
            with self._store.transaction() as writer:
                writer.apply([entry], {})
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            if damaged(error):
                raise
            self._log("review_message_skipped", item=entry.key.ref, error=type(error).__name__)
