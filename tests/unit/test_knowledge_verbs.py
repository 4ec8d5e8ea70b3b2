"""Why something is found, what is stored, what is deleted: over collections in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from processor.core.lookup import collections, entry
from processor.core.records import Query
from processor.knowledge import explain, remove, shelf
from tests import fakes
from tests.stores import FakeStore

NAME = "Untuned_t_Fact"
FACTS = (
    entry.fact("refunds.md", 0, "Refunds", "A refund takes five days."),
    entry.fact("refunds.md", 1, "Refunds", "It goes to the card."),
    entry.fact("old/delivery.md", 0, "", "Parcels take a week."),
)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("Where is my REFUND? refund!", "A refund is late", ("is", "refund")),
        ("snake_case", "case of a snake", ("snake", "case")),
        ("größer", "GRÖSSER größer", ("größer",)),
        ("", "anything", ()),
        ("none", "of these", ()),
    ],
)
def test_shared_words(text, other, expected):
    assert explain.shared(text, other) == expected


async def test_what_is_found_is_explained_in_the_workers_order():
    search = fakes.FakeRetrieve({NAME: FACTS})
    query = Query("fact", NAME, "refund card", 0.5, 2)
    found = await explain.explain(search, [query, query, replace(query, text="")])
    assert [why.passage for why in found] == list(await search((query,)))
    by_id = {why.passage.id: why for why in found}
    assert by_id["refunds.md#1"].words == ("card",)
    assert by_id["refunds.md#0"].keyword == pytest.approx(1 / 7)
    assert by_id["refunds.md#0"].vector is not None


async def test_what_shares_no_word_has_no_keyword_score():
    (why,) = await explain.explain(fakes.FakeRetrieve({NAME: FACTS[2:]}), [Query("fact", NAME, "zzz", 1.0, 1)])
    assert (why.keyword, why.words) == (None, ())


def kept(each, minutes=0):
    return collections.Kept(each.id, each.source, each.content_hash, each.version, NOW + timedelta(minutes=minutes))


def test_what_is_stored_is_shown_by_document():
    stored = collections.Stored((kept(FACTS[1], 5), kept(FACTS[2]), kept(FACTS[0])), None)
    delivery, refunds = shelf.documents("fact", NAME, stored)
    assert (delivery.source, refunds.source) == ("old/delivery.md", "refunds.md")
    assert [each.id for each in refunds.chunks] == ["refunds.md#0", "refunds.md#1"]
    assert refunds.loaded_at == NOW + timedelta(minutes=5)
    changed = collections.Stored((replace(kept(FACTS[0]), content_hash="0"), kept(FACTS[1], 5)), None)
    assert next(shelf.documents("fact", NAME, changed)).version != refunds.version


@pytest.fixture
def store():
    return FakeStore({NAME: {each.id: each for each in FACTS}}, {NAME: collections.Vectors("m", 3)})


@pytest.mark.parametrize(
    ("patterns", "gone"),
    [
        (["refunds.md"], {"refunds.md"}),
        (["old/*", "x"], {"old/delivery.md"}),
        (["*"], {"refunds.md", "old/delivery.md"}),
    ],
)
async def test_sources_are_deleted_by_pattern(store, patterns, gone):
    dry = await remove.remove(store, "fact", NAME, patterns, dry_run=True)
    assert set(store.kept[NAME]) == {each.id for each in FACTS}
    assert await remove.remove(store, "fact", NAME, patterns, dry_run=False) == dry
    assert dry is not None
    assert set(dry.sources) == gone
    assert {each.source for each in store.kept[NAME].values()} == {each.source for each in FACTS} - gone


async def test_without_a_pattern_the_collection_goes(store):
    dry = await remove.remove(store, "fact", NAME, [], dry_run=True)
    assert dry == remove.Removed("fact", NAME, ("old/delivery.md", "refunds.md"), 3, whole=True)
    assert NAME in store.kept
    await remove.remove(store, "fact", NAME, [], dry_run=False)
    assert NAME not in store.kept


@pytest.mark.parametrize(("name", "patterns"), [("Untuned_x_Fact", []), (NAME, ["none.md"])])
async def test_nothing_there_is_nothing_deleted(store, name, patterns):
    assert await remove.remove(store, "fact", name, patterns, dry_run=False) is None
    assert store.calls == []
