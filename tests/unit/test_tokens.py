import pytest

from processor.core.prompting import tokens


@pytest.mark.parametrize(
    ("text", "estimated"),
    [
        ("", 0),
        ("card", 2),
        ("Where is my card?", 3 + 1 + 1 + 2 + 1),
        ("IBAN", 4),
        ("quick", 3 + 1),
        ("length", 3 + 1),
        ("iPhone", 1 + 3 + 1),
        ("xqjk", 4),
        ("20 €", 2 + 1 + 3),
        ("SKU-0042x", 3 + 1 + 5),
        ("a\n\nb", 1 + 2 + 1),
        ("a    b", 1 + 1 + 1),
        ("€5 5", 3 + 1 + 1 + 1),
        ("aGVsbG8gd29ybGQ", 15),
        ("你好", 6),
        ("\udc80", 1),
    ],
)
def test_each_kind_of_characters_has_its_price(text: str, estimated: int):
    assert tokens.estimate(text) == estimated


@pytest.mark.parametrize(("text", "estimated"), [("aA" * 500_000, 1_000_000), ("Aa" * 500_000, 999_999)])
def test_a_long_hostile_text_is_estimated_in_one_walk(text: str, estimated: int):
    assert tokens.estimate(text) == estimated


def test_huge_texts_are_not_kept():
    before = tokens._remembered.cache_info().currsize
    tokens.estimate("once " * tokens.REMEMBERED)
    assert tokens._remembered.cache_info().currsize == before
