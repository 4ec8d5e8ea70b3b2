from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.core import errors
from processor.core.records import Event
from processor.measure.cases import files as cases
from processor.measure.records import Case
from processor.measure.training import alike, chats, export, files, openai_format, split
from tests import builders

ANSWER = {"category": "card", "reason": "asks for a card"}
AT = datetime(2026, 1, 31, tzinfo=UTC)
WORDS = [
    *("card", "bank", "lost", "found", "when", "where", "how", "why", "money", "gone"),
    *("today", "week", "late", "new", "old", "blue", "red", "stolen", "wrong", "pin"),
]


def case(number, text=None, **changes):
    at = changes.pop("at", None)
    given = {
        "event": Event(f"c{number}", "sort", {"text": text or _text(number)}, at),
        "expected": ANSWER,
        "source": "f:1",
    }
    return Case(**{**given, **changes})


def _text(number):
    """No two of them share a run of three words."""
    return f"number {number} {WORDS[number % 20]} {number * 7} {WORDS[(number // 3) % 20]} {number * 11}"


def made(cases, **changes):
    return export.export(builders.a_task(), cases, **changes)


def test_a_chat_is_the_tasks_own_first_prompt_without_retrieval_and_the_label_in_the_contracts_order():
    found = chats.chat(builders.a_task(), case(1, "Where is it?", expected={"reason": "asks", "category": "card"}))
    assert [message["role"] for message in found.messages] == ["system", "user", "assistant"]
    assert found.messages[0]["content"] == "You sort messages."
    assert "Where is it?" in found.messages[1]["content"]
    assert found.messages[2]["content"] == '{"category": "card", "reason": "asks"}'
    assert found.tokens > 10


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"expected": {"category": "card"}}, chats.BREAKS_CONTRACT),
        ({"expected": {"category": "loan", "reason": "asks for it"}}, chats.BREAKS_CONTRACT),
        ({"agreed": False}, chats.DISAGREED),
        ({"event": Event("c9", "sort", {"text": ""})}, chats.REFUSED),
    ],
)
def test_what_cannot_be_trained_on_is_left_out_and_counted(changes, why):
    found = made([*(case(number) for number in range(20)), case(99, **changes)])
    assert list(found.left_out.values()) == [why]
    assert export.counted(found.left_out) == {why: 1}


def test_a_task_without_any_usable_label_is_refused():
    with pytest.raises(errors.UsageError, match="the label is no whole answer: 1"):
        made([case(1, expected={"category": "card"})])


def test_groups_stay_together():
    found = made([case(number, group=f"customer {number % 7}") for number in range(70)])
    assert found.split_by == "group"
    sides = [{chat.case for chat in part} for part in (found.train, found.validation)]
    groups = [{int(ident[1:]) % 7 for ident in side} for side in sides]
    assert not groups[0] & groups[1]
    assert all(groups)


def test_by_time_the_newest_are_for_validation():
    found = made([case(number, at=AT + timedelta(days=number)) for number in range(50)])
    assert found.split_by == "time"
    assert {chat.case for chat in found.validation} == {f"c{number}" for number in range(40, 50)}


def test_by_time_what_has_none_counts_as_the_oldest():
    timed = [case(number, at=AT + timedelta(days=number)) for number in range(40)]
    cases = [*timed, *(case(number) for number in range(40, 50))]
    assert made(cases).split_by == "case"
    found = made(cases, how="time")
    assert {chat.case for chat in found.validation} == {f"c{number}" for number in range(30, 40)}


def test_by_case_a_fifth_is_drawn_by_the_seed_alone():
    cases = [case(number) for number in range(50)]
    one, same, other = made(cases), made(list(reversed(cases))), made(cases, seed=1)
    drawn = [{chat.case for chat in each.validation} for each in (one, same, other)]
    assert one.split_by == "case"
    assert len(drawn[0]) == 10
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_same_input_written_otherwise_does_not_stand_on_both_sides():
    cases = [case(number) for number in range(30)]
    cases += [case(100 + number, _text(number).upper() + "  ") for number in range(30)]
    found = made(cases)
    sides = [{int(chat.case[1:]) % 100 for chat in part} for part in (found.train, found.validation)]
    assert not sides[0] & sides[1]
    assert {check.name: check.found for check in found.checks} == {
        "same normalised input": 0,
        "same group": 0,
        "near duplicate": 0,
    }


def test_cases_that_all_hang_together_cannot_be_split():
    with pytest.raises(errors.UsageError, match="fall into 1 that do not depend on each other"):
        made([case(number, group="one") for number in range(20)])


def test_the_check_finds_what_a_wrong_split_would_leak():
    long = "please send me a new card as soon as you can because mine was lost at the airport in the morning"
    cases = [case(1, long), case(2, long.upper()), case(3, long + " thanks"), case(4, group="g"), case(5, group="g")]
    by_id = {each.id: each for each in cases}
    found = split.leaks(by_id, (("c1", "c4"), ("c2", "c3", "c5")))
    assert found == {
        "same normalised input": ("c2",),
        "same group": ("c5",),
        "near duplicate": ("c2", "c3"),
    }


TEXTS = st.lists(st.lists(st.sampled_from(WORDS[:5]), min_size=1, max_size=12).map(" ".join), min_size=1, max_size=12)


@settings(max_examples=200)
@given(TEXTS)
def test_all_near_duplicates_are_found_and_no_others(texts):
    named = {str(number): text for number, text in enumerate(texts)}
    runs = {name: alike.shingles(text) for name, text in named.items()}
    by_hand = {
        frozenset((one, other))
        for one in named
        for other in named
        if one < other and alike.jaccard(runs[one], runs[other]) >= alike.LIKE
    }
    found = [frozenset(pair) for pair in alike.near(named)]
    assert set(found) == by_hand
    assert len(found) == len(by_hand)
    for name, text in named.items():
        rest = [other for key, other in named.items() if key != name]
        assert alike.has_near([text], rest) == [any(name in pair for pair in by_hand)]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "a", "b", "c"]), TEXTS.map(lambda texts: texts[0]), st.integers(0, 400)),
        min_size=4,
        max_size=40,
    ),
    st.sampled_from(["group", "time", "case"]),
    st.integers(0, 3),
)
def test_no_split_leaks(rows, how, seed):
    cases = [
        case(number, text, group=group, at=AT + timedelta(hours=hours))
        for number, (group, text, hours) in enumerate(rows)
    ]
    try:
        sides = split.split(cases, how, 0.3, seed)
    except errors.UsageError:
        return
    assert sorted((*sides[0], *sides[1])) == sorted(each.id for each in cases)
    assert not any(split.leaks({each.id: each for each in cases}, sides).values())


# --- The files -------------------------------------------------------------------------------------------------------

GIVEN = files.Given("sort", "0123", "2026-11-27T12:00:00+00:00", 0, {"answer": "no", "sentence": "No."}, "to see it")


def test_files_are_for_the_user_alone_and_pass_what_openai_documents(tmp_path):
    found = made([case(number) for number in range(40)])
    folder = tmp_path / "out"
    manifest = files.write(folder, found, GIVEN)
    for name in (files.TRAIN, files.VALIDATION, files.MANIFEST):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    rows = [json.loads(line) for line in (folder / files.TRAIN).read_text().splitlines()]
    assert len(rows) == manifest["files"][files.TRAIN]["lines"] == 32
    assert {tuple(row) for row in rows} == {("messages",)}
    assert (manifest["reason"], manifest["verdict"]["answer"]) == ("to see it", "no")
    assert "Where" not in (folder / files.MANIFEST).read_text()
    assert json.loads((folder / files.MANIFEST).read_text()) == json.loads(json.dumps(manifest))


def test_a_tuned_model_can_be_measured_on_what_it_was_not_trained_on(tmp_path):
    folder = tmp_path / "out"
    manifest = files.write(folder, made([case(number) for number in range(40)]), GIVEN)
    read = cases.read(folder / files.HELD_OUT, builders.a_task())
    assert [each.id for each in read.cases] == manifest["files"][files.VALIDATION]["cases"]
    assert not {each.id for each in read.cases} & set(manifest["files"][files.TRAIN]["cases"])
    assert all(each.expected == ANSWER for each in read.cases)
    assert stat.S_IMODE((folder / files.HELD_OUT).stat().st_mode) == 0o600


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(errors.UsageError, match="is not empty"):
        files.write(tmp_path, made([case(number) for number in range(40)]), GIVEN)


def test_too_few_lines_are_told_when_they_are_read_back(tmp_path):
    with pytest.raises(errors.UntunedError, match="8 lines: at least 10 are needed"):
        files.write(tmp_path / "out", made([case(number) for number in range(10)]), GIVEN)


def test_what_was_changed_afterwards_is_found(tmp_path):
    folder = tmp_path / "out"
    files.write(folder, made([case(number) for number in range(40)]), GIVEN)
    first = (folder / files.TRAIN).read_text().splitlines(keepends=True)
    (folder / files.TRAIN).write_text("".join(first[1:]))
    with pytest.raises(errors.UntunedError, match=r"is not what manifest\.json says"):
        files.check(folder)


SYSTEM, USER = {"role": "system", "content": "Sort."}, {"role": "user", "content": "Hi"}
SAID = {"role": "assistant", "content": "{}"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{", "line 1: not JSON"),
        ([1], "not an object with `messages` alone"),
        ({"messages": [SYSTEM, USER, SAID], "weight": 1}, "not an object with `messages` alone"),
        ({"messages": []}, "`messages` is no list, or an empty one"),
        ({"messages": [SYSTEM, USER]}, "the last message is not the assistant's"),
        ({"messages": [SYSTEM, SAID]}, "no message of the user"),
        ({"messages": [USER, SYSTEM, SAID]}, "the system message is not the first"),
        ({"messages": [USER, {"role": "model", "content": "x"}]}, "message 2: no role 'model'"),
        ({"messages": [USER, {"role": "assistant", "content": " "}]}, "message 2: no content"),
        ({"messages": [USER, {"role": "assistant", "content": None}]}, "message 2: no content"),
        (
            {"messages": [USER, {"role": "assistant", "content": "x", "name": "y"}]},
            "not an object of `role` and `content`",
        ),
        ("", "line 1: not JSON"),
    ],
)
def test_what_is_not_the_documented_format_is_told_with_its_line(row, told):
    line = row if isinstance(row, str) else json.dumps(row)
    good = json.dumps({"messages": [SYSTEM, USER, SAID]}) + "\n"
    found = openai_format.errors_in((line + "\n" + good * 10).encode(), training=True)
    assert any(told in each for each in found)


def test_a_good_file_has_no_errors_and_validation_may_be_short():
    good = json.dumps({"messages": [SYSTEM, USER, SAID]}) + "\n"
    assert openai_format.errors_in((good * 10).encode(), training=True) == ()
    assert openai_format.errors_in(good.encode(), training=False) == ()
    assert openai_format.errors_in(b"\xff", training=False) == ("the file is not UTF-8: invalid start byte at byte 0",)
