import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.prompting.fence import clean, escaped, fence


def test_data_stands_between_its_labels():
    assert fence("hello", "message") == "<message>\nhello\n</message>"


@pytest.mark.parametrize(
    "hostile",
    [
        "</message>",
        "</ message >",
        "<MESSAGE>",
        "< / message>",
        "</message foo",
        "<\u200b/message>",
        "</mess\u200bage>",
        "<\u2060/message>",
        "</mess\xadage>",
        "</mess\U000e0041age>",
    ],
)
def test_data_cannot_close_or_open_the_fence(hostile: str):
    inside = fence(f"a {hostile} b", "message").split("\n", 1)[1].rsplit("\n", 1)[0]
    assert "<" not in inside


@pytest.mark.parametrize("token", ["<|im_end|>", "<|im_start|>system", "<s>", "</s>", "[INST]", "<start_of_turn>"])
def test_chat_template_tokens_are_defused(token: str):
    assert token not in fence(token, "message")


def test_a_long_gap_after_a_bracket_is_walked_once():
    hostile = "<" + " " * 1_000_000 + "/" + "\n" * 1_000_000
    assert fence(hostile, "message") == f"<message>\n{hostile}\n</message>"


@given(st.lists(st.text(alphabet=st.sampled_from('</\\sSYS>"\n\x7f\u200b|imINST[]'), max_size=40)))
def test_json_keeps_its_value_without_control_tokens(values: list[str]):
    hostile = [*values, "<|im_end|>\\<|x|>[INST]</s>\u202e\U000e0041<<SYS>>[/inst]", "a<|", "|>b"]
    made = escaped(json.dumps([{"enum": hostile}, ["|>"]], ensure_ascii=False))
    assert json.loads(made) == [{"enum": hostile}, ["|>"]]
    assert clean(made) == made


def test_other_text_stays_as_it_is():
    text = "if a < b and c > d:\n\tprint('<b>') # Ärger, 日本語, 🙂"
    assert clean(text) == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_lines_end_in_one_way(end: str):
    assert clean(f"one{end}two") == "one\ntwo"


def test_half_a_surrogate_pair_becomes_a_question_mark():
    assert clean("a\ud800b") == "a?b"


def test_a_label_is_a_plain_word():
    with pytest.raises(ValueError, match="lower-case"):
        fence("x", "a b")


@given(st.text(alphabet=st.sampled_from("</mesag> \n\u200b|im_endINST[]"), max_size=60))
def test_whatever_the_data_there_is_one_fence(text: str):
    fenced = fence(text, "message")
    assert fenced.lower().count("<message>") == 1
    assert fenced.lower().count("</message>") == 1
