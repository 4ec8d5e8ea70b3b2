import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.views import display

HOSTILE = "\x1b[31mred\x9b2J\x07 \u202eevil\u2066\x00"


def test_what_could_steer_a_terminal_is_written_out():
    assert display.safe(HOSTILE) == "\\x1b[31mred\\x9b2J\\x07 \\u202eevil\\u2066\\x00"
    assert display.safe("tabs\tand\nlines, Grüße, 日本 👩‍👧") == "tabs\tand\nlines, Grüße, 日本 👩‍👧"


@given(st.text())
def test_safe_text_holds_nothing_but_printable_characters_and_what_lays_them_out(text):
    for character in display.safe(text):
        assert character in "\t\n" or (ord(character) >= 32 and not 0x7F <= ord(character) < 0xA0)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_safe_json_means_the_same(text):
    assert json.loads(display.safe_json(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("short", "short"),
        ("two\n lines", "two lines"),
        ("exactly ten", "exactly t…"),
        ("ten chars!", "ten chars!"),
        ("\x1b[2J" * 3, "\\x1b[2J\\x…"),
        ("x" * 1_000_000, "xxxxxxxxx…"),
        (" " * 1_000_000, "…"),
        ("", ""),
    ],
)
def test_a_short_text_is_one_line_that_shows_where_it_was_cut(text, short):
    assert display.short(text, 10) == short


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.00 s"),
        (0.346, "0.35 s"),
        (12.4, "12 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3_700, "1 h 1 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_is_told_in_the_two_largest_units(seconds, text):
    assert display.duration(seconds) == text
