"""The dialect of patterns, and that none of them can be made to run for long."""

from __future__ import annotations

import pytest

from processor.core.contracts import pattern


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("^KM-[0-9]{7}$", "KM-1234567", "KM-12345678"),
        ("^(a|bc)$", "bc", "a bc"),
        ("^(?:red|blue)s?$", "blues", "green"),
        (r"^\d{2}\.\d$", "12.3", "١٢.٣"),
        ("^[^@ ]{1,64}@[a-z.]{1,100}$", "a@b.c", "a@b@c"),
        (r"^\S+ \S+$", "ab cd", "ab"),
        (r"^a\$$", "a$", "a"),
        ("^$", "", "a"),
        ("^[A-Z]{2}(-[0-9]{3,5}){1,3}$", "AB-123-4567", "AB"),
    ],
)
def test_whole_value_must_match(text: str, good: str, bad: str):
    parsed = pattern.parse(text)

    assert parsed.matches(good)
    assert not parsed.matches(bad)
    assert not parsed.matches(good + "\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc", r"from \^ to \$"),
        (r"^abc\$", r"from \^ to \$"),
        ("^a|bc$", r"alternatives in a group"),
        ("^a|b$", r"alternatives in a group"),
        ("^", r"from \^ to \$"),
        ("", r"from \^ to \$"),
        ("^(abc$", "not a regular expression"),
        ("^[z-a]$", "not a regular expression"),
        ("^" + "a" * 200 + "$", "at most 200 characters"),
        ("^(?=a)a$", "not in the dialect"),
        ("^(?<!a)a$", "not in the dialect"),
        (r"^(a)\1$", "not in the dialect"),
        ("^a+?$", "not in the dialect"),
        ("^a++$", "not in the dialect"),
        ("^(?>a)$", "not in the dialect"),
        (r"^a\b$", "not in the dialect"),
        ("^a^b$", "not in the dialect"),
        ("(?i)^a$", "flags are not in the dialect"),
        ("^(?i:a)$", "flags are not in the dialect"),
        ("^(a+)+$", "very long"),
        ("^(a|aa)+$", "very long"),
        ("^(a?){50}$", "very long"),
        ("^a*b?a*b?a*x$", "very long"),
        ("^(.{0,500}){0,500}$", "very long"),
    ],
)
def test_pattern_outside_the_dialect(text: str, message: str):
    with pytest.raises(ValueError, match=message):
        pattern.parse(text)


def test_maxlength_bounds_the_repeats():
    parsed = pattern.parse("^[a-z]+ [a-z]+ [a-z]+$", 60)

    assert parsed.matches("one two three")
    with pytest.raises(ValueError, match="very long"):
        pattern.parse("^[a-z]+ [a-z]+ [a-z]+$")


@pytest.mark.parametrize("text", ["^[a-z]*[a-z]*b$", "^([ab]{0,3}|a){0,6}c$", "^.*.*$", "^[ab]{0,900}a[ab]{0,900}c$"])
def test_costly_value_is_decided_all_the_same(text: str):
    # The worst that is allowed. There is no clock here: without the bound this would not end within pytest's timeout.
    assert pattern.parse(text).matches("a" * 1000) in (True, False)


def test_overlong_value_does_not_match():
    assert pattern.parse("^a*$").matches("a" * pattern.VALUE_LIMIT)
    assert not pattern.parse("^a*$").matches("a" * (pattern.VALUE_LIMIT + 1))
