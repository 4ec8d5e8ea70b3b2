"""The function that [cases] names, and those that the library makes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core import errors, task
from processor.rule_library import persons, redacting
from tests import builders

DEFINITION = f'{builders.DEFINITION}\n[cases]\nredact = "no_names"\n'
LINE = DEFINITION.splitlines().index('redact = "no_names"') + 1


def build(**functions):
    return task.build(builders.sources(definition=DEFINITION), (), functions=functions)


def test_a_task_has_the_function_that_it_names():
    assert build(no_names=str.upper).redact("ann") == "ANN"
    assert builders.a_task().redact is None


@pytest.mark.parametrize(
    ("functions", "told"),
    [
        ({"no_name": lambda text: text}, "rules/sort.py has no function `no_names`: did you mean no_name?"),
        ({"no_names": 3}, "`no_names` of rules/sort.py is no function"),
        ({"no_names": lambda: ""}, "`no_names` of rules/sort.py is no function"),
    ],
)
def test_one_that_cannot_be_called_is_told_with_its_line(functions, told):
    with pytest.raises(errors.DefinitionError, match=r"cases\.redact") as raised:
        build(**functions)
    assert told in str(raised.value)
    assert raised.value.line == LINE


WRONG_KIND: Any = "mail"
EVERYTHING = redacting.personal_data(region="DE")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mail ann@example.org, or b.c@d.example.", "Mail [email], or [email]."),
        ("Call 030 1234567 now", "Call [phone] now"),
        ("Call +44 20 7946 0958 now", "Call [phone] now"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [iban] please"),
        ("to DE89370400440532013000.", "to [iban]."),
        ("card 4111 1111 1111 1111 is lost", "card [card] is lost"),
        ("order 12345678, DE00 1111 2222 3333 44", "order 12345678, DE00 1111 2222 3333 44"),
        ("", ""),
    ],
)
def test_data_of_persons_is_put_away(text, left):
    assert EVERYTHING(text) == left
    assert EVERYTHING(left) == left


def test_only_what_is_asked_for():
    assert redacting.personal_data("email")("ann@example.org +44 20 7946 0958") == "[email] +44 20 7946 0958"
    assert redacting.personal_data("phone")("030 1234567") == "030 1234567"


@pytest.mark.parametrize(
    "made", [lambda: redacting.personal_data(WRONG_KIND), lambda: redacting.personal_data(region="X")]
)
def test_what_is_no_kind_or_region_is_refused(made):
    with pytest.raises(errors.UsageError):
        made()


@given(st.text(st.sampled_from("DE89370400440532013000 +4911a@.-e"), max_size=80))
def test_any_text_is_taken_and_no_address_is_left(text):
    assert persons.EMAIL.search(EVERYTHING(text)) is None
