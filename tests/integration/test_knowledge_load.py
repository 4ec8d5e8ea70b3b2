"""Loading and searching against a real Weaviate and a real embedding model."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import pytest

from processor.adapters.knowledge_store import KnowledgeStore
from processor.adapters.retrieval import Retriever
from processor.core import errors
from processor.core.lookup import collections, entry
from processor.core.records import Query
from processor.knowledge import session
from tests import builders, verbs

DELIVERY = "# Delivery\n\nParcels arrive within three days.\n\n## Abroad\n\nTo Switzerland it takes two weeks.\n"
REFUNDS = "# Refunds\n\nThe money is back on the card after five working days.\n"
EXAMPLES = {
    "e-1": ("I lost my card, please block it", "card"),
    "e-2": ("When do I get my money back?", "refund"),
    "e-3": ("Mein Geld ist noch nicht zurück 😀", "refund"),
}


def examples(**changed: str) -> str:
    texts = {name: (changed.get(name.replace("-", "_"), text), label) for name, (text, label) in EXAMPLES.items()}
    return "\n".join(
        json.dumps({"id": name, "input": {"text": text}, "answer": {"category": label, "reason": "As labelled."}})
        for name, (text, label) in texts.items()
    )


@pytest.fixture
def folder(tmp_path):
    """A task's folder in a project of its own."""
    for path, content in {
        "tasks/sort/task.toml": builders.DEFINITION,
        "tasks/sort/prompt.md": builders.PROMPT,
        "tasks/sort/retry.md": builders.RETRY,
        "schemas/sort.avsc": builders.SCHEMA,
        "tasks/sort/knowledge/delivery.md": DELIVERY,
        "tasks/sort/knowledge/refunds.md": REFUNDS,
        "tasks/sort/examples.jsonl": examples(),
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return tmp_path / "tasks" / "sort"


@pytest.fixture
def project(settings, folder):
    return settings.model_copy(update={"project": folder.parent.parent})


@pytest.fixture
async def store(settings):
    found = KnowledgeStore(url=settings.weaviate, grpc=settings.weaviate_grpc, api_key="")
    await found.connect()
    yield found
    for kind in ("fact", "example"):
        await found.drop(collections.name(settings.topic_prefix, "sort", kind))
    await found.close()


async def load(project, **options):
    """The counts by kind: added, replaced, deleted, unchanged."""
    done = await session.load(project, "sort", lambda kind, done, total: None, **options)
    assert all(each.keyword_ready for each in done)
    return {each.kind: (each.added, each.replaced, each.deleted, each.unchanged) for each in done}


async def search(project, text):
    return [why.passage for why in await session.search(project, "sort", text)]


async def test_loading_again_changes_only_what_changed(project, folder, store):
    assert await load(project) == {"fact": (3, 0, 0, 0), "example": (3, 0, 0, 0)}
    assert await load(project) == {"fact": (0, 0, 0, 3), "example": (0, 0, 0, 3)}
    (folder / "knowledge" / "refunds.md").write_text(REFUNDS.replace("five", "ten"))
    (folder / "knowledge" / "delivery.md").write_text(DELIVERY.partition("##")[0])
    (folder / "knowledge" / "cards.md").write_text("# Cards\n\nA lost card is blocked at once.\n")
    (folder / "examples.jsonl").write_text(examples(e_1="My card was stolen"))
    assert await load(project) == {"fact": (1, 1, 1, 1), "example": (0, 1, 0, 2)}
    kept = await store.stored(collections.name(project.topic_prefix, "sort", "fact"))
    assert kept
    assert set(kept.versions) == {"delivery.md#0", "refunds.md#0", "cards.md#0"}
    assert kept.vectors == collections.Vectors(project.embedding_model, 384)


async def test_what_was_loaded_is_found_and_a_change_by_the_next_query(project, folder, store):
    await load(project)
    found = await search(project, "my card is gone, block it")
    example = next(passage for passage in found if passage.kind == "example")
    assert (example.id, json.loads(example.input or "")) == ("examples.jsonl#e-1", {"text": EXAMPLES["e-1"][0]})
    assert json.loads(example.answer or "")["category"] == "card"
    fact = (await search(project, "how long until the money is on my card"))[0]
    assert (fact.kind, fact.source, fact.title) == ("fact", "refunds.md", "Refunds")
    (folder / "knowledge" / "refunds.md").write_text(REFUNDS.replace("five", "ten"))
    await load(project)
    changed = (await search(project, "how long until the money is on my card"))[0]
    assert "ten working days" in changed.text
    assert changed.id == fact.id
    assert changed.content_hash != fact.content_hash


async def test_another_embedding_model_is_refused_until_the_collections_are_made_anew(project, store):
    await load(project)
    other = project.model_copy(update={"embedding_model": "another"})
    with pytest.raises(errors.UsageError, match="--rebuild"):
        await load(other)
    with pytest.raises(errors.Misconfigured, match="made with all-minilm-l6-v2, but OPENAI_EMBEDDING_MODEL is another"):
        await session.search(other, "sort", "money")
    assert await load(project, rebuild=True) == {"fact": (3, 0, 0, 0), "example": (3, 0, 0, 0)}


async def test_a_broken_line_is_told_before_anything_is_written(project, folder, store):
    with (folder / "examples.jsonl").open("a") as file:
        file.write("\n{broken")
    with pytest.raises(errors.DefinitionError, match=r"tasks/sort/examples\.jsonl:4: not JSON"):
        await load(project)
    assert await store.stored(collections.name(project.topic_prefix, "sort", "fact")) is None


async def test_searching_before_loading_says_what_to_do(project):
    with pytest.raises(errors.Misconfigured, match="does not exist: untuned knowledge load"):
        await session.search(project, "sort", "money")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"weaviate": "http://127.0.0.1:9"}, errors.Unavailable),
        ({"embedding": "http://127.0.0.1:9/v1"}, errors.Unavailable),
        ({"embedding_model": "unknown"}, errors.Misconfigured),
    ],
)
async def test_a_server_that_is_not_there_is_told(project, changes, expected):
    with pytest.raises(expected):
        await load(project.model_copy(update=changes))


@pytest.fixture
async def retriever(project):
    """Makes retrievers whose vectors have two dimensions; `given` are arguments."""
    made = []

    async def embed(texts):
        return [[1.0, 2.0] for _ in texts]

    def make(**given):
        where = {"url": project.weaviate, "grpc": project.weaviate_grpc, "embed": embed, **given}
        made.append(Retriever(**where, api_key="", embedding_model=project.embedding_model))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.mark.parametrize("alpha", [0.5, 1])
async def test_vectors_of_another_length_are_told_in_the_servers_own_words(project, store, retriever, alpha):
    await load(project)
    name = collections.name(project.topic_prefix, "sort", "fact")
    with pytest.raises(errors.Misconfigured, match="vectors do not fit"):
        await retriever().retrieve((Query("fact", name, "money", alpha, 3),))


async def test_a_collection_that_goes_while_an_event_is_embedded_is_told_as_missing(project, store, retriever):
    await load(project)
    name = collections.name(project.topic_prefix, "sort", "fact")
    embedding, gone = asyncio.Event(), asyncio.Event()

    async def embed(texts):
        embedding.set()
        await gone.wait()
        return [[1.0, 2.0] for _ in texts]

    made = retriever(embed=embed)
    first = asyncio.create_task(made.retrieve((Query("fact", name, "money", 1, 3),)))
    await embedding.wait()
    await store.drop(name)
    with pytest.raises(errors.Misconfigured, match="does not exist"):
        await made.retrieve((Query("fact", name, "money", 0, 3),))
    gone.set()
    with pytest.raises(errors.Misconfigured, match="does not exist"):
        await first


async def test_a_search_that_gets_no_connection_ends_in_time(project, store, retriever):
    await load(project)
    name = collections.name(project.topic_prefix, "sort", "fact")
    with pytest.raises(errors.Unavailable, match="did not answer in time"):
        await retriever(grpc="127.0.0.1:9", seconds=0.5).retrieve((Query("fact", name, "money", 0, 3),))


def test_the_command_prints_counts(environment, folder, store):
    given = {**environment, "UNTUNED_PROJECT": str(folder.parent.parent)}

    def run(*arguments: str) -> str:
        done = verbs.run(given, "knowledge", *arguments)
        assert done.code == 0, done.err
        return done.out

    found = json.loads(run("load", "sort", "--json"))
    assert found["task"] == "sort"
    assert found["seconds"] > 0
    assert [(each["kind"], each["added"], each["unchanged"]) for each in found["knowledge"]] == [
        ("fact", 3, 0),
        ("example", 3, 0),
    ]
    assert "document parts" in run("load", "sort")
    assert "document parts: 0 to add, 0 to replace, 0 to delete, 3 unchanged" in run("diff", "sort")
    assert "refunds.md" in run("list", "sort")
    listed = json.loads(run("list", "sort", "--json"))["documents"]
    assert [(each["source"], len(each["chunks"])) for each in listed] == [
        ("delivery.md", 2),
        ("refunds.md", 1),
        ("examples.jsonl", 3),
    ]
    (folder / "event.json").write_text('{"input": {"text": "money back"}}')
    assert json.loads(run("search", "sort", "--event", str(folder / "event.json"), "--json"))["passages"][0]["words"]
    assert json.loads(run("search", "sort", "money back", "--json"))["passages"][0]["source"] == "refunds.md"
    assert "refunds.md#0" in run("search", "sort", "money back")
    assert "would delete from" in run("delete", "sort", "--source", "refunds.md", "--dry-run")
    deleted = json.loads(run("delete", "sort", "--json"))["deleted"]
    assert [(each["entries"], each["whole"]) for each in deleted] == [(3, True), (3, True)]


async def test_a_watching_load_loads_what_changes_and_waits_for_what_is_broken(environment, folder, store):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "processor", "knowledge", "load", "sort", "--watch", "--json"),
        env={**environment, "UNTUNED_PROJECT": str(folder.parent.parent)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )

    async def line(stream: asyncio.StreamReader | None) -> str:
        assert stream is not None
        return (await asyncio.wait_for(stream.readline(), 60)).decode()

    try:
        assert [each["added"] for each in json.loads(await line(process.stdout))["knowledge"]] == [3, 3]
        (folder / "examples.jsonl").write_text("{")
        assert (await line(process.stderr)).startswith("untuned: tasks/sort/examples.jsonl:1: not JSON")
        (folder / "examples.jsonl").write_text(examples(e_1="My card is lost"))
        assert [each["replaced"] for each in json.loads(await line(process.stdout))["knowledge"]] == [0, 1]
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 60) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_search_says_why(project, store):
    await load(project)
    found = {why.passage.id: why for why in await session.search(project, "sort", "When is the money on the card?")}
    refund = found["refunds.md#0"]
    assert refund.words == ("is", "the", "money", "on", "card")
    assert refund.vector is not None
    assert refund.keyword is not None
    assert refund.vector <= 1
    assert refund.keyword > 0
    alone = await session.search(project, "sort", "zzz")
    assert {(why.keyword, why.words) for why in alone} == {(None, ())}


async def test_a_diff_says_what_a_load_would_do_and_does_nothing(project, folder, store):
    def plans(changes):
        return {
            each.kind: (
                [entry.id for entry in each.plan.add],
                [entry.id for entry in each.plan.replace],
                each.plan.delete,
            )
            for each in changes
        }

    first = plans(await session.diff(project, "sort"))
    assert first["fact"] == (["delivery.md#0", "delivery.md#1", "refunds.md#0"], [], ())
    await load(project)
    assert plans(await session.diff(project, "sort")) == {"fact": ([], [], ()), "example": ([], [], ())}
    (folder / "knowledge" / "refunds.md").write_text(REFUNDS.replace("five", "ten"))
    (folder / "knowledge" / "delivery.md").unlink()
    for _ in range(2):
        changed = plans(await session.diff(project, "sort"))
        assert changed["fact"] == ([], ["refunds.md#0"], ("delivery.md#0", "delivery.md#1"))


async def test_what_is_stored_is_listed_with_its_version_and_its_time(project, folder, store):
    assert await session.stored(project, "sort") == ()
    await load(project)
    before = {each.source: each for each in await session.stored(project, "sort")}
    assert {source: len(each.chunks) for source, each in before.items()} == {
        "delivery.md": 2,
        "refunds.md": 1,
        "examples.jsonl": 3,
    }
    (folder / "knowledge" / "refunds.md").write_text(REFUNDS.replace("five", "ten"))
    await load(project)
    after = {each.source: each for each in await session.stored(project, "sort")}
    assert after["delivery.md"] == before["delivery.md"]
    assert after["refunds.md"].version != before["refunds.md"].version
    assert after["refunds.md"].loaded_at > before["refunds.md"].loaded_at


async def test_documents_are_deleted_by_their_source_and_the_rest_as_a_whole(project, store):
    await load(project)
    for dry_run in (True, False):
        (removed,) = await session.delete(project, "sort", ["deliv*.md"], dry_run=dry_run)
        assert (removed.sources, removed.entries, removed.whole) == (("delivery.md",), 2, False)
    assert [each.source for each in await session.stored(project, "sort")] == ["refunds.md", "examples.jsonl"]
    with pytest.raises(errors.UsageError, match=r"nothing from deliv\*\.md is stored for sort"):
        await session.delete(project, "sort", ["deliv*.md"], dry_run=False)
    assert [each.whole for each in await session.delete(project, "sort", [], dry_run=False)] == [True, True]
    assert await session.stored(project, "sort") == ()
    with pytest.raises(errors.UsageError, match="nothing at all is stored for sort"):
        await session.delete(project, "sort", [], dry_run=True)


@pytest.mark.parametrize("alpha", [0, 0.5, 1])
async def test_a_collection_made_anew_with_another_model_is_noticed_by_a_running_retriever(
    project, store, retriever, alpha
):
    await load(project)
    name = collections.name(project.topic_prefix, "sort", "fact")

    async def embed(texts):
        return [[1.0] * 384 for _ in texts]

    running = retriever(embed=embed)
    asked = (Query("fact", name, "money", alpha, 3),)
    assert await running.retrieve(asked)
    await store.drop(name)
    with pytest.raises(errors.Misconfigured, match="does not exist: untuned knowledge load"):
        await running.retrieve(asked)
    await store.create(name, collections.Vectors("another", 384))
    await store.write(name, "another", [entry.fact("a.md", 0, "", "money")], [[1.0] * 384])
    for _ in range(2):
        with pytest.raises(errors.Misconfigured, match="made with another, but OPENAI_EMBEDDING_MODEL is"):
            await running.retrieve(asked)
    await load(project, rebuild=True)
    assert await running.retrieve(asked)


async def test_a_collection_swapped_between_two_queries_is_noticed_by_what_it_holds(project, store, retriever):
    await load(project)
    name = collections.name(project.topic_prefix, "sort", "fact")

    async def embed(texts):
        return [[1.0] * 384 for _ in texts]

    running = retriever(embed=embed)
    asked = (Query("fact", name, "money", 1, 3),)
    assert await running.retrieve(asked)
    await store.drop(name)
    await store.create(name, collections.Vectors("another", 384))
    await store.write(name, "another", [entry.fact("a.md", 0, "", "money")], [[1.0] * 384])
    with pytest.raises(errors.Misconfigured, match="made with another, but OPENAI_EMBEDDING_MODEL is"):
        await running.retrieve(asked)


async def test_a_collection_of_an_earlier_layout_is_told_and_made_anew_by_a_load(project, store):
    name = collections.name(project.topic_prefix, "sort", "fact")
    await store.create(name, collections.Vectors(project.embedding_model, 384, layout=1))
    with pytest.raises(errors.Misconfigured, match="stored by another version of untuned: untuned knowledge load"):
        await session.search(project, "sort", "money")
    assert (await load(project))["fact"] == (3, 0, 0, 0)
    assert await session.search(project, "sort", "money")


async def test_what_is_not_for_an_event_is_not_found(project, folder, store):
    (folder / "task.toml").write_text(
        builders.DEFINITION.replace("[[retrieval]]", '[visibility]\nattribute = "tenant"\n\n[[retrieval]]', 1)
    )
    (folder / "knowledge" / "delivery.md").write_text(f'---\nvisible_to: "*"\n---\n{DELIVERY}')
    (folder / "knowledge" / "refunds.md").write_text(f"---\nvisible_to: [acme]\n---\n{REFUNDS}")
    lines = [json.loads(line) for line in examples().splitlines()]
    marked = (json.dumps({**line, "visible_to": seen}) for line, seen in zip(lines, ["*", "acme", "beta"], strict=True))
    (folder / "examples.jsonl").write_text("\n".join(marked))
    await load(project)

    async def found(**attributes):
        event = builders.event("When is my money on my card?", attributes=attributes)
        return {why.passage.id.partition("#")[0] for why in await session.search_for(project, event)}, {
            why.passage.id for why in await session.search_for(project, event) if why.passage.kind == "example"
        }

    assert await found() == ({"delivery.md", "examples.jsonl"}, {"examples.jsonl#e-1"})
    assert await found(tenant="acme") == (
        {"delivery.md", "refunds.md", "examples.jsonl"},
        {"examples.jsonl#e-1", "examples.jsonl#e-2"},
    )
    assert (await found(tenant="beta"))[1] == {"examples.jsonl#e-1", "examples.jsonl#e-3"}
    assert {why.passage.source for why in await session.search(project, "sort", "money")} == {
        "delivery.md",
        "examples.jsonl",
    }
