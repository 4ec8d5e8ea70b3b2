"""What is put in for a failed case, and how it had stood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from processor.core.records import Event
from processor.measure.causes import held, oracle, standing
from processor.measure.causes.held import Held
from tests import builders, measured

if TYPE_CHECKING:
    from pathlib import Path

    from processor.core.records import Passage
    from processor.measure.records import Case

CASE = measured.a_case(expected={"category": "card"})
FAILED = measured.an_outcome(CASE, "w", offered={"category": "refund"})
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Answer",
        "fields": [
            {"name": "category", "type": {"type": "enum", "name": "Category", "symbols": ["card", "refund", "fee"]}},
            {"name": "desk", "type": "string", "doc": "The desk that takes it."},
            {"name": "urgent", "type": "boolean", "doc": "Whether it is urgent."},
        ],
    }
)
NARROWED = (
    builders.DEFINITION
    + """
[narrow]
"$.desk" = { from = "fact", column = "desk" }
"""
)


def fact(ident: str, text: str, **changes: Any) -> Passage:
    return builders.passage(ident, "fact", text=text, content_hash=f"{hash(text):x}", **changes)


def example(ident: str, text: str, answer: dict[str, Any]) -> Passage:
    return builders.passage(ident, "example", text=text, answer=json.dumps(answer), content_hash=f"{hash(text):x}")


CARDS = fact("cards.md#0", "A card takes a week.")
REFUNDS = fact("refunds.md#0", "Money comes back in a week.", source="refunds.md")


def find(case: Case, *passages: Passage, outside: dict[str, Passage] | None = None, **task: Any) -> oracle.Oracle:
    outcome = measured.an_outcome(case, "w", offered={"category": "refund"})
    return oracle.find(builders.a_task(**task), case, outcome, Held(passages, outside or {}))


def test_what_the_label_names_comes_first_and_alone() -> None:
    case = measured.a_case(expected={"category": "card"}, gold=("refunds.md#0",))
    found = find(case, CARDS, REFUNDS, example("examples.jsonl#1", "my card", {"category": "card"}))
    assert (found.origin, [each.id for each in found.passages]) == ("named", ["refunds.md#0"])


def test_a_label_may_name_a_whole_document() -> None:
    case = measured.a_case(gold=("refunds.md",))
    assert find(case, CARDS, REFUNDS).passages == (REFUNDS,)


def test_of_a_whole_document_the_pieces_that_tell_of_the_value_else_the_nearest() -> None:
    pieces = [fact(f"book.md#{n}", f"Chapter {n} of the book.", source="book.md") for n in range(20)]
    telling = fact("book.md#20", "What a card is.", source="book.md")
    case = measured.a_case(expected={"category": "card"}, gold=("book.md",))
    assert find(case, *pieces, telling).passages == (telling,)
    assert len(find(case, *pieces).passages) == oracle.PIECES


def test_a_document_outside_the_knowledge_base() -> None:
    archived = held.made("archive/cards.md", "archive/cards.md", "A card takes a week.")
    case = measured.a_case(gold=("archive/cards.md",))
    found = find(case, REFUNDS, outside={"archive/cards.md": archived})
    assert found.origin == "named"
    assert found.passages[0].retrieval == "fact"  # else no table has room for it


def test_a_passage_that_is_nowhere_is_undefined_and_others_are_tried() -> None:
    case = measured.a_case(expected={"category": "card"}, gold=("old.md#3",))
    found = find(case, CARDS)
    assert found.undefined == ("old.md#3",)
    assert (found.origin, found.passages) == ("facts", (CARDS,))


def test_rows_with_the_expected_value_of_a_narrowed_place() -> None:
    case = measured.a_case(expected={"desk": "D-4"})
    row, other = fact("d.csv#0", "desk: D-4", columns={"desk": "D-4"}), fact("d.csv#1", "x", columns={"desk": "D-5"})
    found = find(case, other, row, CARDS, definition=NARROWED, schema=SCHEMA)
    assert (found.origin, found.passages) == ("rows", (row,))


def test_facts_that_name_the_value_and_the_nearest_example_with_it() -> None:
    near = example("examples.jsonl#1", "where is my card", {"category": "card"})
    far = example("examples.jsonl#2", "something else", {"category": "card"})
    wrong = example("examples.jsonl#3", "where is my card now", {"category": "refund"})
    found = find(CASE, far, near, wrong, CARDS, REFUNDS)
    assert (found.origin, found.passages) == ("facts", (CARDS, near))


def test_never_the_case_itself() -> None:
    own = example("examples.jsonl#c1", "Where is my card? (1)", {"category": "card"})
    same = builders.passage(
        "examples.jsonl#7", "example", input=json.dumps(CASE.event.input), answer='{"category": "card"}'
    )
    assert find(CASE, own, same).passages == ()


def test_what_the_event_may_not_see_is_not_put_in() -> None:
    visible = builders.DEFINITION + '\n[visibility]\nattribute = "team"\n'
    case = measured.a_case(event=Event("c1", "sort", {"text": "card"}, attributes={"team": "a"}), gold=("cards.md#0",))
    hidden, open_to = fact("cards.md#0", "A card.", visible_to=("b",)), fact("cards.md#0", "A card.", visible_to=("a",))
    assert find(case, hidden, definition=visible).undefined == ("cards.md#0",)
    assert find(case, open_to, definition=visible).passages == (open_to,)


def test_the_definition_in_schema_or_prompt_is_the_last_resort() -> None:
    case = measured.a_case(expected={"urgent": True})
    found = find(case, schema=SCHEMA)
    assert found.origin == "definition"
    assert "Whether it is urgent." in found.passages[0].text
    prompt = builders.PROMPT.replace("You sort messages.", "card: ordering or losing one\nYou sort.")
    found = find(CASE, templates={"prompt.md": prompt, "retry.md": builders.RETRY})
    assert found.passages[0].text == "card: ordering or losing one"
    assert found.undefined == ()


def test_a_class_that_nothing_tells_of_is_undefined() -> None:
    case = measured.a_case(event=Event("c1", "sort", {"text": "Hello"}), expected={"category": "fee"})
    assert find(case, CARDS, schema=SCHEMA) == oracle.Oracle(undefined=("fee",))


@pytest.mark.parametrize(
    ("desk", "undefined"), [("D-4", ("D-4",)), ("2026-03-16", ()), ("12", ()), ("by the door", ())]
)
def test_what_can_be_worked_out_is_not_undefined(desk: str, undefined: tuple[str, ...]) -> None:
    case = measured.a_case(expected={"desk": desk})
    assert find(case, CARDS, schema=SCHEMA).undefined == undefined


def test_how_it_had_stood() -> None:
    put_in = oracle.Oracle((CARDS,), "facts")
    known = Held((CARDS, REFUNDS))
    shown = measured.an_outcome(CASE, "w", passages=(CARDS,))
    cut = measured.an_outcome(CASE, "w", cut=(CARDS.id,))
    assert standing.of(put_in, shown, known, ()) == "shown"
    assert standing.of(put_in, cut, known, ()) == "cut"
    assert standing.of(put_in, FAILED, known, {CARDS.id}) == "cut"
    assert standing.of(put_in, FAILED, known, ()) == "missed"
    assert standing.of(put_in, FAILED, Held(), ()) == "absent"
    assert standing.of(oracle.Oracle(), FAILED, known, ()) is None
    assert standing.of(oracle.Oracle((CARDS,), "definition"), FAILED, known, ()) == "shown"


def test_of_named_passages_the_worst_counts_else_the_first_that_is_new() -> None:
    shown = measured.an_outcome(CASE, "w", passages=(CARDS,), cut=())
    known = Held((CARDS, REFUNDS))
    assert standing.of(oracle.Oracle((CARDS, REFUNDS), "named"), shown, known, ()) == "missed"
    assert standing.of(oracle.Oracle((CARDS, REFUNDS), "facts"), shown, known, {REFUNDS.id}) == "cut"


def test_a_vote_cuts_no_documents() -> None:
    voted = measured.an_outcome(CASE, "w", attempts=(measured.an_attempt(model="neighbours"),))
    assert standing.of(oracle.Oracle((CARDS,), "facts"), voted, Held((CARDS,)), {CARDS.id}) == "shown"


def test_what_the_folder_holds(tmp_path: Path) -> None:
    folder = tmp_path / "tasks" / "sort"
    (folder / "knowledge").mkdir(parents=True)
    (folder / "knowledge" / "cards.md").write_text("# Cards\n\nA card takes a week.\n")
    (folder / "examples.jsonl").write_text('{"id": "1", "input": {"text": "x"}, "answer": {"category": "card"}}\n')
    (tmp_path / "old.md").write_text("Once a card took two weeks.")
    (tmp_path.parent / "secret.md").write_text("not of the project")
    case = measured.a_case(gold=("old.md", "cards.md", "../secret.md", "nowhere.md"))
    known = held.read(builders.a_task(), tmp_path, (case,))
    assert {each.kind: each.retrieval for each in known.passages} == {"fact": "fact", "example": "example"}
    assert {name: each.text for name, each in known.outside.items()} == {"old.md": "Once a card took two weeks."}
