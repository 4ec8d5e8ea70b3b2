import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.judging import answer

OBJECT = {"category": "card", "reason": 'a "brace" } and \\ { [ ```'}
WRITTEN = json.dumps(OBJECT, indent=1)


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"  \n{WRITTEN}\n",
        f"```json\n{WRITTEN}\n```",
        f"```\n{WRITTEN}\n```\nI hope this helps!",
        f"Sure! Here it is: {WRITTEN} Anything else?",
        f"In {{curly}} braces {{}}, {{{{ like this }}}} or {{ {{: {WRITTEN}",
        f'It is 5" wide, "quoted" and: {WRITTEN}',
        f'{{"category": oops}} I mean {WRITTEN}',
        f'{{"category": "unfinished\n{WRITTEN}',
        f"{WRITTEN} {json.dumps({'category': 'refund'})}",
        f"<think>Perhaps {json.dumps({'category': 'refund'})}?</think>{WRITTEN}",
        f"[{WRITTEN}]",
    ],
)
@pytest.mark.parametrize("response_format", ["json_object", "text"])
def test_the_first_object_is_found_whatever_stands_around_it(text: str, response_format: Any):
    assert answer.parse(text, response_format) == OBJECT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "card",
        "[1, 2]",
        '{"reason": "they wrote {"category": "refund"}", "category": "card"}',
        "null",
        "{{ curly }} {braces}",
        '{"category": "ca',
        "{'category': 'card'}",
        '{"category": NaN}',
        '{"category": 1e999}',
        '{"category": "card", "category": "refund"}',
        '{"category": "\\ud800"}',
        '{"n": ' + "9" * 5000 + "}",
        '{"a":' * 100_000,
        '{"a":' * 500 + "1" + "}" * 500,
    ],
)
@pytest.mark.parametrize("response_format", ["json_schema", "json_object", "text"])
def test_no_answer(text: str, response_format: Any):
    with pytest.raises(ValueError, match=r"."):
        answer.parse(text, response_format)


@pytest.mark.parametrize("text", [f"```json\n{WRITTEN}\n```", f"{WRITTEN}.", f"Sure: {WRITTEN}", f"{WRITTEN}{WRITTEN}"])
def test_a_server_that_takes_the_schema_is_held_to_it(text: str):
    assert answer.parse(WRITTEN, "json_schema") == OBJECT
    with pytest.raises(ValueError, match="line"):
        answer.parse(text, "json_schema")


def test_an_empty_object_is_the_answer_where_no_other_is():
    assert answer.parse("Nothing: {}", "text") == {}


PROSE = st.text(st.characters(codec="utf-8", exclude_characters="{}"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(
    PROSE, st.dictionaries(st.text(), VALUES, min_size=1, max_size=4), PROSE, st.booleans(), st.sampled_from([None, 2])
)
def test_any_object_in_prose_without_braces_is_found(
    before: str, value: Any, after: str, ascii_only: bool, indent: Any
):
    try:
        written = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
        written.encode()
    except UnicodeEncodeError:
        return
    assert answer.parse(before + written + after.replace(answer.THOUGHTS_END, ""), "text") == value


HOSTILE = st.lists(
    st.sampled_from(['{"', '"', "{", "}", "\\", '{"a":', "[", "]", ":", ",", "1", " ", "a", '\\"', "{}", "</think>"]),
    max_size=60,
)


@given(HOSTILE, st.integers(1, 50))
def test_hostile_text_is_an_object_or_a_value_error(parts: list[str], times: int):
    try:
        assert isinstance(answer.parse("".join(parts) * times, "text"), dict)
    except ValueError:
        return


@pytest.mark.parametrize("part", ['{"', '{"a"', '{"a":', "{", '{"a":{"', '{ "x\\"', '{"a":[', "{}", '{}{"'])
def test_hostile_text_is_looked_at_a_bounded_number_of_times(part: str, monkeypatch: pytest.MonkeyPatch):
    looks: list[int] = []

    class Counting(json.JSONDecoder):
        def raw_decode(self, s: str, idx: int = 0) -> Any:
            looks.append(idx)
            return super().raw_decode(s, idx)

    monkeypatch.setattr(answer, "_DECODER", Counting())
    with contextlib.suppress(ValueError):
        answer.parse(part * 20_000 + "[", "text")
    assert len(looks) <= answer.MOST_OPENINGS
