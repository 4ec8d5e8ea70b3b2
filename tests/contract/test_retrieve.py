from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from processor.adapters.knowledge_store import KnowledgeStore
from processor.adapters.retrieval import Retriever
from processor.core import errors
from processor.core.lookup import collections, entry
from processor.core.records import Query
from tests import fakes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from processor.core.records import Passage

    Retrieve = Callable[[tuple[Query, ...]], Awaitable[tuple[Passage, ...]]]

REFUND = entry.fact("refunds.md", 0, "Refunds", "A refund takes five working days.")
REFUND_CARD = entry.fact("refunds.md", 1, "Refunds > Card", "The refund goes back to the card.")
DELIVERY = entry.fact("delivery.md", 0, "", "Parcels arrive within three days.")
UNICODE = entry.fact("größe.md", 0, "Größentabelle", "Bestellung zurückgeben 日本語 😀")
FACTS = (REFUND, REFUND_CARD, DELIVERY, UNICODE)
EXAMPLE = entry.example(
    "examples.jsonl", "t-1", {"text": "Where is my parcel?"}, {"category": "delivery"}, "Where is my parcel?"
)
NUMBERS = tuple(entry.fact("numbers.md", n, "", f"number item{n} " + "common " * (n + 1)) for n in range(12))

HANDBOOK = tuple(
    entry.fact("handbook.md", position, "", f"step{position} of the handbook" + " repair" * (position == 3))
    for position in range(6)
)
ROWS = tuple(
    entry.fact(
        "deep/prices.csv",
        position,
        "",
        f"article: bolt{position}; region: {region}",
        columns={"article": f"bolt{position}", "region": region, "Größe/€": "3 ½"},
        visible_to=seen_by,
    )
    for position, (region, seen_by) in enumerate(
        [("EU", ("*",)), ("US", ("acme",)), ("eu", ("acme", "beta")), ("EU", ("beta",)), ("EU", ())]
    )
)
TWIN = entry.fact("copy.md", 0, "Refunds", "A refund takes five working days.")
TABLES = (*HANDBOOK, *ROWS, REFUND, TWIN)


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    prefix = f"c{uuid.uuid4().hex[:10]}"
    return {
        name: collections.name(prefix, name, "fact") for name in ("facts", "examples", "numbers", "tables", "missing")
    }


@pytest.fixture(scope="module")
def kept(names):
    return {names["facts"]: FACTS, names["examples"]: (EXAMPLE,), names["numbers"]: NUMBERS, names["tables"]: TABLES}


@pytest.fixture(params=["fake", "real"])
async def retrieve(request, kept) -> AsyncIterator[Retrieve]:
    if request.param == "fake":
        yield fakes.FakeRetrieve(kept)
        return
    settings = request.getfixturevalue("stack")
    where = {"url": settings.weaviate, "grpc": settings.weaviate_grpc, "api_key": ""}
    store = KnowledgeStore(**where)
    await store.connect()
    for name, entries in kept.items():
        if await store.stored(name) is None:
            await store.create(name, collections.Vectors("words", fakes.DIMENSIONS))
            await store.write(name, "words", entries, await fakes.embed_words([each.embedded for each in entries]))
    await store.close()
    retriever = Retriever(**where, embed=fakes.embed_words, embedding_model="words")
    yield retriever.retrieve
    await retriever.close()


@pytest.fixture
def ask(names):
    def make(text: str, alpha: float, name: str = "facts", top_k: int = 3, min_score: float = 0.0, **more) -> Query:
        return Query("example" if name == "examples" else "fact", names[name], text, alpha, top_k, min_score, **more)

    return make


ALPHAS = pytest.mark.parametrize("alpha", [0, 0.5, 1])


@ALPHAS
async def test_the_nearest_comes_first_and_scores_fall(retrieve, ask, alpha):
    found = await retrieve((ask("refund takes five working days", alpha),))
    assert found[0].id == REFUND.id
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)


@ALPHAS
async def test_a_passage_is_what_was_stored(retrieve, ask, alpha):
    (found,) = await retrieve((ask("Bestellung zurückgeben", alpha, top_k=1),))
    kept = UNICODE
    assert (found.id, found.kind, found.source, found.title) == (kept.id, "fact", kept.source, kept.title)
    assert (found.text, found.input, found.answer) == (kept.text, None, None)
    assert found.content_hash == kept.content_hash
    assert found.score > 0


@ALPHAS
async def test_an_example_brings_its_input_and_answer(retrieve, ask, alpha):
    (found,) = await retrieve((ask("my parcel is not here", alpha, "examples"),))
    assert (found.kind, found.input, found.answer) == ("example", EXAMPLE.input, EXAMPLE.answer)


async def test_the_vector_score_is_the_cosine_similarity(retrieve, ask):
    (found,) = await retrieve((ask("Where is my parcel?", 1, "examples"),))
    assert found.score == pytest.approx(1, abs=1e-5)


@ALPHAS
async def test_at_the_most_top_k(retrieve, ask, alpha):
    assert len(await retrieve((ask("number common", alpha, "numbers", top_k=5),))) == 5


async def test_keyword_search_finds_only_what_shares_a_word(retrieve, ask):
    found = await retrieve((ask("item7 zzz", 0, "numbers"),))
    assert [passage.id for passage in found] == ["numbers.md#7"]
    assert await retrieve((ask("zzz", 0, "numbers"),)) == ()


async def test_keyword_search_reads_titles_too(retrieve, ask):
    found = await retrieve((ask("card", 0),))
    assert [passage.id for passage in found] == [REFUND_CARD.id]


@ALPHAS
async def test_what_scores_too_low_is_left_out(retrieve, ask, alpha):
    everything = await retrieve((ask("refund card", alpha, top_k=4),))
    best = everything[0].score
    found = await retrieve((ask("refund card", alpha, top_k=4, min_score=best * 0.999),))
    assert [passage.id for passage in found] == [REFUND_CARD.id]
    assert await retrieve((ask("refund card", alpha, top_k=4, min_score=best + 1),)) == ()


async def test_queries_keep_their_order_and_a_passage_comes_once(retrieve, ask):
    found = await retrieve((ask("parcels", 0), ask("where", 1, "examples"), ask("refund parcels arrive", 0)))
    assert [passage.id for passage in found][:2] == [DELIVERY.id, EXAMPLE.id]
    assert {passage.id for passage in found[2:]} == {REFUND.id, REFUND_CARD.id}


@ALPHAS
@pytest.mark.parametrize("text", ["", " \n\t", "\u3000"])
async def test_an_empty_query_finds_nothing(retrieve, ask, alpha, text):
    assert await retrieve((ask(text, alpha),)) == ()


async def test_no_query_finds_nothing(retrieve):
    assert await retrieve(()) == ()


@ALPHAS
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("refund " * 150_000, id="a megabyte"),
        pytest.param("refund \ud83d half of a pair", id="surrogate"),
        pytest.param("refund \x00 \x1b[31m", id="control characters"),
        pytest.param('refund {"a": [1]} \' " \\ -- ) OR 1=1 *', id="syntax"),
        pytest.param("refund 😀 ½ ﷽ \u202e", id="odd unicode"),
    ],
)
async def test_hostile_text_is_only_text(retrieve, ask, alpha, text):
    found = await retrieve((ask(text, alpha, top_k=2),))
    assert {passage.id for passage in found} == {REFUND.id, REFUND_CARD.id}


@ALPHAS
async def test_a_missing_collection_is_misconfigured(retrieve, ask, alpha):
    with pytest.raises(errors.Misconfigured, match=r"collection C\w+ does not exist") as caught:
        await retrieve((ask("refund", alpha), ask("refund", alpha, "missing")))
    assert caught.value.dependency == "weaviate"


async def test_the_same_query_gives_the_same_answer(retrieve, ask):
    query = ask("number common", 1, "numbers", top_k=12)
    first = await retrieve((query,))
    assert await retrieve((query, replace(query, top_k=3))) == first


def ids(found):
    return [passage.id for passage in found]


@pytest.fixture
def rows(retrieve, ask):
    """The positions of the rows that a query about all of them finds."""

    async def find(alpha=0, **more):
        found = await retrieve((ask("article region", alpha, "tables", top_k=20, **more),))
        return sorted(passage.position for passage in found if passage.source == "deep/prices.csv")

    return find


@ALPHAS
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"region": "EU"}, [0, 3, 4]),
        ({"region": "eu"}, [2]),
        ({"region": "EU", "article": "bolt3"}, [3]),
        ({"Größe/€": "3 ½", "region": "US"}, [1]),
        ({"source": "deep/prices.csv", "region": "US"}, [1]),
        ({"region": "*"}, []),
        ({"region": "E"}, []),
        ({"region": 'EU", "article'}, []),
        ({"region": "\ud83d"}, []),
        ({"colour": "EU"}, []),
        ({"region": ""}, []),
    ],
)
async def test_a_filter_is_exact_and_an_empty_one_finds_nothing(rows, alpha, filters, expected):
    assert await rows(alpha, filters=filters) == expected


async def test_a_row_brings_its_columns(retrieve, ask):
    (found,) = await retrieve((ask("bolt1", 0, "tables"),))
    assert (found.columns, found.position) == (ROWS[1].columns, 1)
    assert found.visible_to == ("acme",)


@ALPHAS
@pytest.mark.parametrize(
    ("files", "sources"),
    [
        (("handbook.md",), {"handbook.md"}),
        (("*.md",), {"handbook.md", "refunds.md", "copy.md"}),
        (("deep/*",), {"deep/prices.csv"}),
        (("*prices.csv", "cop?.md"), {"deep/prices.csv", "copy.md"}),
        (("handbook.m", "HANDBOOK.md", "handbookxmd"), set()),
    ],
)
async def test_files_are_searched_alone(retrieve, ask, alpha, files, sources):
    found = await retrieve((ask("handbook refund bolt0 article", alpha, "tables", top_k=20, files=files),))
    assert {passage.source for passage in found} - {"refunds.md"} == sources - {"refunds.md"}


@ALPHAS
@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (None, [0, 1, 2, 3, 4]),
        ({"*"}, [0]),
        ({"*", "acme"}, [0, 1, 2]),
        ({"*", "beta"}, [0, 2, 3]),
        ({"*", "ACME"}, [0]),
        ({"*", "acme beta"}, [0]),
        ({"*", "a*"}, [0]),
        ({"*", ""}, [0]),
        ({"*", "\ud83d"}, [0]),
    ],
)
async def test_a_passage_is_found_by_those_it_is_visible_to(rows, alpha, seen, expected):
    assert await rows(alpha, visible_to=None if seen is None else frozenset(seen)) == expected


async def test_neighbours_stand_beside_what_was_found_in_the_order_of_the_document(retrieve, ask):
    found = await retrieve((ask("repair", 0, "tables", neighbours=2),))
    assert ids(found) == [f"handbook.md#{position}" for position in range(1, 6)]
    assert {passage.score for passage in found} == {found[0].score}
    assert [passage.text for passage in found] == [each.text for each in HANDBOOK[1:]]


async def test_neighbours_end_where_the_document_does_and_none_comes_twice(retrieve, ask):
    found = await retrieve((ask("step0 step1 step5", 0, "tables", neighbours=1),))
    assert sorted(ids(found)) == [f"handbook.md#{position}" for position in (0, 1, 2, 4, 5)]


async def test_neighbours_are_held_to_filters_and_visibility_too(retrieve, ask):
    seen = {"filters": {"region": "EU"}, "visible_to": frozenset({"*", "beta"})}
    found = await retrieve((ask("bolt3", 0, "tables", neighbours=3, **seen),))
    assert ids(found) == ["deep/prices.csv#0", "deep/prices.csv#3"]


async def test_only_some_passages_can_be_asked_for(retrieve, ask):
    only = ("deep/prices.csv#1", "handbook.md#0")
    found = await retrieve((ask("article handbook", 1, "tables", top_k=9, only=only),))
    assert set(ids(found)) == set(only)


async def test_the_same_text_in_two_documents_comes_once(retrieve, ask):
    found = await retrieve((ask("refund", 0, "tables"),))
    assert len(found) == 1
    assert found[0].content_hash == REFUND.content_hash == TWIN.content_hash


async def test_what_two_retrievals_find_is_found_by_both(retrieve, ask):
    asked = ask("repair", 0, "tables")
    found = await retrieve((replace(asked, name="one"), replace(asked, name="two"), replace(asked, name="one")))
    assert [(passage.retrieval, passage.id) for passage in found] == [
        ("one", "handbook.md#3"),
        ("two", "handbook.md#3"),
    ]
