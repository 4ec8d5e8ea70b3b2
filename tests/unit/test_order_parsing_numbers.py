from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import number_words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12x handle", "12"),
        ("1.000 screws", "1000"),
        ("1,000 screws", "1000"),
        ("1 200 vis", "1200"),
        ("je 1000 Stück", "1000"),
        ("2,5 Liter", "2.5"),
        ("2.5 m", "2.5"),
        ("2½ l", "2.5"),
        ("1 1/2 m", "1.5"),
        ("three dozen", "36"),
        ("half a dozen", "6"),
        ("a dozen", "12"),
        ("twenty-four", "24"),
        ("two hundred and fifty", "250"),
        ("THIRTY SIX", "36"),
        ("vierundzwanzig", "24"),
        ("fünfundzwanzig", "25"),
        ("dreißig", "30"),
        ("zweihundertfünfzig", "250"),
        ("anderthalb Meter", "1.5"),
        ("zwei Dutzend", "24"),
        ("tweeëntwintig stuks", "22"),
        ("drie dozijn", "36"),
        ("quatre-vingts cintres", "80"),
        ("soixante-douze", "72"),
        ("quatre-vingt-dix", "90"),
        ("trois douzaines", "36"),
        ("treinta y seis", "36"),
        ("veinticuatro", "24"),
        ("dos docenas", "24"),
    ],
)
def test_a_number_is_read(text: str, wanted: str):
    assert Decimal(wanted) in number_words.numbers(text)


@pytest.mark.parametrize("text", ["", "no number here", "hundertwasser", "bagen", "…"])
def test_words_are_no_numbers(text: str):
    assert number_words.numbers(text) == ()


@pytest.mark.parametrize("text", ["FI-1101", "AL7191", "05.06.2026", "2026-03-04", "3/6/26"])
def test_article_numbers_and_dates_are_no_quantities(text: str):
    assert number_words.numbers(text) == ()


@pytest.mark.parametrize(
    ("numbers", "pack", "wanted"),
    [
        ((), 1, "1"),  # "a hinge"
        ((), 10, "10"),  # "a box of hinges"
        ((20,), 10, "20"),
        ((3,), 2.5, "7.5"),
        ((3, 2), 1, "6"),
        ((9, 2), 6, "108"),
        ((4, 6), 1, "10"),
        ((20, 5, 10), 5, "35"),
        ((2, 3, 1.5), 0.5, "7.5"),
    ],
)
def test_what_can_be_made_of_numbers(numbers: tuple[float, ...], pack: float, wanted: str):
    assert Decimal(wanted) in number_words.reachable(map(Decimal, numbers), Decimal(pack))


def test_of_many_numbers_each_counts():
    made = number_words.reachable(map(Decimal, range(100, 200)), Decimal(12))
    assert {Decimal(199), Decimal(199 * 12)} <= made


def test_not_everything_can_be_made():
    made = number_words.reachable(map(Decimal, (4, 10)), Decimal(12))
    assert not made & set(map(Decimal, (3, 9, 17, 24, 36, 60, 1000)))


@given(st.text(max_size=300) | st.text(alphabet="0123456789.,/ ½²xhundertundzwanzigquatre-vingt", max_size=300))
def test_any_text_is_read(text: str):
    found = number_words.numbers(text)
    assert all(number.is_finite() for number in number_words.reachable(found, Decimal(5)))


def test_a_long_text_does_not_run_for_long():
    found = number_words.numbers("hundert" * 20_000 + " " + "9" * 100_000 + " " + "7 und 8 " * 10_000)
    assert Decimal(56) in number_words.reachable(found, Decimal(1))
