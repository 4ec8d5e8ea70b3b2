from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest

from processor.core import errors
from processor.review.values import Filter
from processor.review.view import Store, View, standing
from tests import builders, reviewing
from tests.unit.review.view import filled
from tests.unit.review.view.filled import Filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.review.view.entries import Sent

ANN = reviewing.ANN


def total(made: Filled) -> int:
    return made.view.page(Filter(state="all"), ANN).total


def test_the_view_outlives_its_instance(tmp_path: Path) -> None:
    with Filled(tmp_path) as made:
        made.apply(filled.sent())
    with Filled(tmp_path) as made:
        assert total(made) == 1
        with made.store.transaction() as writer:
            assert standing.offsets(writer.db) == {("untuned.review", 0): 1}


def test_every_instance_has_a_file_of_its_own(tmp_path: Path) -> None:
    with Filled(tmp_path) as one, Filled(tmp_path) as two:
        assert [one.store.path.name, two.store.path.name] == ["view-0.sqlite", "view-1.sqlite"]
    with Filled(tmp_path) as three:
        assert three.store.path.name == "view-0.sqlite"


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    with Filled(tmp_path / "review") as made:
        made.apply(filled.sent())
        assert {file.stat().st_mode & 0o077 for file in (tmp_path / "review").iterdir()} == {0}
        assert (tmp_path / "review").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"no database, and long enough to be looked at as one" * 40, b""])
def test_a_file_that_is_no_view_is_thrown_away(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "view-0.sqlite").write_bytes(damage)
    with Filled(tmp_path) as made:
        made.apply(filled.sent())
        assert total(made) == 1


def test_a_view_of_another_version_is_thrown_away(tmp_path: Path) -> None:
    with Filled(tmp_path) as made:
        made.apply(filled.sent())
        path = made.store.path
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 999")
    db.close()
    with Filled(tmp_path) as made:
        assert total(made) == 0


def test_a_file_that_is_damaged_while_it_is_open_is_made_anew(tmp_path: Path) -> None:
    with Filled(tmp_path) as made:
        made.apply(*(filled.sent(f"e-{n}", text="word " * 500) for n in range(50)))
        with made.store.transaction() as writer:
            pass
        writer.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = made.store.path.stat().st_size
        with made.store.path.open("r+b") as file:
            file.write(b"\xaa" * size)
        with pytest.raises(errors.Unavailable):
            View(made.store).page(Filter(), ANN)
        assert made.store.broken
        made.store.renew()
        made.apply(filled.sent())
        assert total(made) == 1
        assert not made.store.broken


def test_what_fails_in_the_middle_was_never_there(made: Filled) -> None:
    def fail() -> Iterator[Sent]:
        yield filled.sent()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), made.store.transaction() as writer:
        writer.apply(fail(), {("untuned.review", 0): 9})
    assert total(made) == 0
    with made.store.transaction() as writer:
        assert standing.offsets(writer.db) == {}


def test_an_emptied_view_has_nothing_left(made: Filled) -> None:
    item = filled.sent()
    made.apply(item, filled.ruled(item), filled.leased(item), filled.done(item))
    made.store.empty("other topics")
    assert total(made) == 0
    assert made.view.holder(item.key.ref) is None
    with made.store.transaction() as writer:
        assert (standing.identity(writer.db), standing.offsets(writer.db)) == ("other topics", {})
        assert standing.pending(writer.db, 2**62) == []
    made.apply(item)
    assert made.view.page(Filter(text="card"), ANN).total == 1
    assert made.view.page(Filter(), ANN).rows[0].worth == 1.0


def test_a_changed_task_is_noticed(made: Filled) -> None:
    def outgrown() -> bool:
        with made.store.transaction() as writer:
            return standing.outgrown(writer.db, made.tasks.get)

    made.tasks["sort"] = builders.a_task()
    made.apply(filled.sent())
    assert not outgrown()
    made.tasks["sort"] = builders.a_task(definition=builders.DEFINITION.replace("Sort", "Put in order"))
    assert not outgrown()
    made.tasks["sort"] = builders.a_task(definition=builders.DEFINITION + "\n[visibility]\nattribute = 'tenant'\n")
    assert outgrown()


def test_rulings_wait_until_their_outcome_is_known(made: Filled) -> None:
    def pending(before: int = 2**62) -> list[str]:
        with made.store.transaction() as writer:
            return [each.ruling_id for each in standing.pending(writer.db, before)]

    item = filled.sent()
    made.apply(item, filled.ruled(item, "ann", 1), filled.ruled(item, "bob", 2), filled.ruled(filled.sent("stray")))
    assert pending() == ["r-ann"]
    assert pending(filled.ms(seconds=-60)) == []
    with made.store.transaction() as writer:
        writer.confirm(item.key.ref, "r-ann", "result")
    assert pending() == []


def test_a_store_closes_what_it_holds(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda _: None)
    store.close()
    with pytest.raises(sqlite3.ProgrammingError), store.transaction():
        pass


async def test_other_threads_read_too(made: Filled) -> None:
    made.apply(filled.sent(), filled.ruled(filled.sent()))
    assert total(made) == 1
    assert len(await asyncio.to_thread(lambda: made.view.decided(ANN))) == 1
