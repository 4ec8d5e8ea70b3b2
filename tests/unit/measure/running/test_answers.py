"""The cache of answers: what it takes for the same call, and what becomes of a file that others use or break."""

from __future__ import annotations

import dataclasses
import sqlite3
import stat
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core import errors
from processor.core.records import ChatMessage, Endpoint, Prompt, Usage
from processor.measure.running.answers import Answers, key
from tests import builders, sessions

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = builders.completion({"a": "\ud800 ü"}, confidence=0.5, usage=Usage(3, 2, 1), refusal="no")

TEXT = st.text(max_size=3)
ROLES = st.sampled_from(["system", "user", "assistant"])
FORMATS = st.sampled_from([None, "json_schema", "json_object", "text"])
PROMPTS: st.SearchStrategy[Prompt] = st.builds(
    Prompt,
    messages=st.lists(st.builds(ChatMessage, ROLES, TEXT), max_size=2).map(tuple),
    endpoint=st.builds(Endpoint, response_format=FORMATS),
    schema=st.dictionaries(TEXT, TEXT | st.integers(0, 2), max_size=2),
    schema_name=TEXT,
    max_tokens=st.integers(1, 3),
    temperature=st.sampled_from([0, 0.0, 0.5, 1]),
    logprobs=st.booleans(),
)


def seen(prompt: Prompt) -> Any:
    """All that the model sees; the order of the schema's properties is the order of the answer's."""
    return (
        [(turn.role, turn.content) for turn in prompt.messages],
        list(prompt.schema.items()),
        prompt.schema_name,
        prompt.endpoint.response_format,
        prompt.max_tokens,
        prompt.temperature,
        prompt.logprobs,
    )


@given(PROMPTS, PROMPTS, st.tuples(*[st.integers(0, 1)] * 6))
def test_the_same_key_is_the_same_call(one, other, places):
    a, b = ((f"http://{at}", f"m{name}", repeat) for at, name, repeat in (places[:3], places[3:]))
    assert (key(one, *a) == key(other, *b)) == ((seen(one), a) == (seen(other), b))


@given(PROMPTS)
def test_what_the_model_does_not_see_is_not_in_the_key(prompt):
    passages = (builders.passage("p"),)
    other = dataclasses.replace(prompt, attempt="a2", version="v2", cut=("x",), passages=passages)
    assert key(prompt, "u", "m", 0) == key(other, "u", "m", 0)


@pytest.fixture
def story():
    return sessions.Story()


@pytest.fixture
def path(tmp_path: Path):
    return tmp_path / "measure" / "answers.sqlite"


def test_an_answer_is_kept_whole(path, story):
    with Answers(path, story.warn) as kept:
        assert kept.get("k") is None
        kept.put("k", ANSWER)
        assert kept.get("k") == ANSWER
    with Answers(path, story.warn) as again:
        assert again.get("k") == ANSWER
    assert story.told == []


def test_only_its_owner_can_read_it(path, story):
    with Answers(path, story.warn) as kept:
        kept.put("k", ANSWER)
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert "answers.sqlite-wal" in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_several_use_it_at_once(path, story):
    with Answers(path, story.warn) as one, Answers(path, story.warn) as other:
        one.put("a", ANSWER)
        other.put("b", ANSWER)
        other.put("a", ANSWER)
        assert one.get("b") == other.get("a") == ANSWER
    assert story.told == []


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 4080, b"x" * 100_000])
def test_a_broken_file_is_told_and_set_aside(path, story, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with Answers(path, story.warn) as kept:
        kept.put("k", ANSWER)
        assert kept.get("k") == ANSWER
    (aside,) = path.parent.glob("answers.sqlite.broken-*")
    assert aside.read_bytes() == content
    ((_, fields),) = story.told
    assert fields["path"] == str(aside)


def test_one_that_breaks_while_it_is_open_costs_its_answers_and_no_more(path, story):
    keys = [f"k{number}" for number in range(300)]
    with Answers(path, story.warn) as kept:
        for each in keys:
            kept.put(each, builders.completion("x" * 20_000))  # more than SQLite keeps in memory
    whole = path.read_bytes()
    with Answers(path, story.warn) as kept:
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        assert None in [kept.get(each) for each in keys]
        kept.put("k7", ANSWER)
        assert kept.get("k7") == ANSWER
    assert list(path.parent.glob("answers.sqlite.broken-*"))
    assert story.told


@pytest.mark.parametrize("row", ["", "{}", "[]", '{"usage": {}, "text": "a"}', '{"usage": {"x": 1}}', "null"])
def test_what_cannot_be_read_was_never_written(path, story, row):
    with Answers(path, story.warn) as kept:
        other = sqlite3.connect(path)
        with other:
            other.execute("INSERT INTO answers VALUES ('k', ?)", (row,))
        other.close()
        assert kept.get("k") is None
        kept.put("k", ANSWER)
        assert kept.get("k") == ANSWER


def test_a_file_that_cannot_be_made_is_one_clear_line(tmp_path: Path, story):
    (tmp_path / "measure").write_text("in the way")
    with pytest.raises(errors.UsageError, match=r"answers\.sqlite cannot be used to keep answers in"):
        Answers(tmp_path / "measure" / "answers.sqlite", story.warn)


def test_a_locked_file_costs_an_answer_and_is_told(path, story, monkeypatch):
    monkeypatch.setattr("processor.measure.running.answers.PATIENCE", 0.05)
    with Answers(path, story.warn) as kept:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        kept.put("k", ANSWER)
        other.close()
        assert kept.get("k") is None
    ((_, fields),) = story.told
    assert "locked" in fields["detail"]
