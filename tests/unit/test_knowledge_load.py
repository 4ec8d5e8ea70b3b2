from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from processor.core import errors
from processor.core.lookup import collections, entry
from processor.knowledge import load
from tests import fakes
from tests.stores import FakeStore

NAME = "Untuned_t_Fact"


@dataclass
class Embedder:
    """Counts the texts that are paid for; fails at call `failing`."""

    texts: list[str] = field(default_factory=list)
    calls: int = 0
    failing: int = 0
    dimensions: int = 3

    async def embed(self, texts):
        self.calls += 1
        if self.calls == self.failing:
            raise errors.Unavailable("embeddings", "away")
        self.texts.extend(texts)
        return [[1.0] * self.dimensions for _ in texts]


def facts(*texts):
    return tuple(entry.fact("a.md", position, "", text) for position, text in enumerate(texts))


def wanted(*texts):
    return load.Wanted("fact", NAME, facts(*texts))


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def embedder():
    return Embedder()


@pytest.fixture
def run(store, embedder):
    """Loads; `found` stands in for what keyword search finds."""

    async def go(what, *, model="m", rebuild=False, search=None, progress=lambda done, total: None):
        async def retrieve(queries):
            return await fakes.FakeRetrieve({name: list(kept.values()) for name, kept in store.kept.items()})(queries)

        loader = load.Loader(store, embedder.embed, model, search or retrieve, rebuild)
        return await loader.load(what, progress)

    return go


def counts(done):
    return (done.added, done.replaced, done.deleted, done.unchanged)


async def test_a_first_load_makes_the_collection_and_fills_it(run, store):
    done = await run(wanted("one", "two"))
    assert (done.kind, done.collection, counts(done)) == ("fact", NAME, (2, 0, 0, 0))
    assert store.made_with[NAME] == collections.Vectors("m", 3)
    assert store.kept[NAME] == {each.id: each for each in facts("one", "two")}


async def test_the_same_again_costs_nothing(run, store, embedder):
    await run(wanted("one", "two"))
    embedder.texts.clear()
    store.calls.clear()
    done = await run(wanted("one", "two"))
    assert counts(done) == (0, 0, 0, 2)
    assert (embedder.texts, store.calls) == ([], [])


async def test_only_what_changed_is_paid_for(run, store, embedder):
    await run(wanted("one", "two", "three"))
    embedder.texts.clear()
    done = await run(wanted("one", "TWO"))
    assert counts(done) == (0, 1, 1, 1)
    assert embedder.texts == ["TWO"]
    assert store.calls[-2:] == [("write", ["a.md#1"]), ("delete", ["a.md#2"])]
    assert store.kept[NAME] == {each.id: each for each in facts("one", "TWO")}


async def test_texts_are_embedded_in_batches_with_progress(run, embedder):
    seen: list[tuple[int, int]] = []
    await run(wanted(*(f"text {n}" for n in range(130))), progress=lambda done, total: seen.append((done, total)))
    assert embedder.calls == 3
    assert seen == [(0, 130), (64, 130), (128, 130), (130, 130)]


async def test_what_was_written_before_a_failure_is_not_paid_for_again(run, embedder):
    embedder.failing = 2
    many = wanted(*(f"text {n}" for n in range(130)))
    with pytest.raises(errors.Unavailable):
        await run(many)
    assert counts(await run(many)) == (66, 0, 0, 64)
    assert len(embedder.texts) == 130


async def test_another_embedding_model_is_refused_before_anything_is_paid(run, embedder):
    await run(wanted("one"), model="old")
    embedder.texts.clear()
    with pytest.raises(errors.UsageError, match=r"holds embeddings of old \(3 dimensions\), .* now is m: .*--rebuild"):
        await run(wanted("one", "two"))
    assert embedder.texts == []


async def test_another_length_of_vectors_is_refused_before_anything_is_written(run, store, embedder):
    await run(wanted("one"))
    embedder.dimensions = 4
    with pytest.raises(errors.UsageError, match=r"now is m \(4 dimensions\): .*--rebuild"):
        await run(wanted("one", "two"))
    assert [each.text for each in store.kept[NAME].values()] == ["one"]


async def test_a_collection_of_somebody_else_is_refused(run, store):
    store.kept[NAME], store.made_with[NAME] = {}, None
    with pytest.raises(errors.UsageError, match="something that untuned did not write"):
        await run(wanted("one"))


async def test_rebuild_makes_the_collection_anew(run, store):
    await run(wanted("one", "two"), model="old")
    done = await run(wanted("one"), rebuild=True)
    assert counts(done) == (1, 0, 0, 0)
    assert store.made_with[NAME] == collections.Vectors("m", 3)
    assert list(store.kept[NAME].values()) == list(facts("one"))


async def test_a_collection_of_an_earlier_layout_is_made_anew(run, store):
    await run(wanted("one", "two"))
    store.made_with[NAME] = collections.Vectors("m", 3, layout=1)
    assert counts(await run(wanted("one", "two"))) == (2, 0, 0, 0)
    assert store.made_with[NAME] == collections.Vectors("m", 3)


async def test_the_probe_says_whether_keyword_search_finds_what_was_loaded(run):
    async def nothing(queries):
        return ()

    texts = [f"a text about thing{n}" for n in range(20)]
    assert (await run(wanted(*texts))).keyword_ready
    assert not (await run(wanted(*texts), search=nothing)).keyword_ready


async def test_comparing_does_nothing_and_says_what_a_load_does(run, store, embedder):
    await run(wanted("one", "two"))
    store.calls.clear()
    loader = load.Loader(store, embedder.embed, "m", fakes.FakeRetrieve({}))
    todo = await loader.compare(wanted("one", "TWO", "three"))
    assert ([each.text for each in todo.add], [each.text for each in todo.replace]) == (["three"], ["TWO"])
    with pytest.raises(errors.UsageError, match="--rebuild"):
        await load.Loader(store, embedder.embed, "other", fakes.FakeRetrieve({})).compare(wanted("one"))
    store.made_with[NAME] = collections.Vectors("m", 3, layout=1)
    assert len((await loader.compare(wanted("one"))).add) == 1
    assert (store.calls, list(store.kept[NAME])) == ([], ["a.md#0", "a.md#1"])
