import pytest

from processor.core import suggest


@pytest.mark.parametrize(
    ("name", "known", "end"),
    [
        ("ticket-triag", ("invoices", "ticket-triage"), "did you mean ticket-triage?"),
        ("zebra", ("invoices", "ticket-triage"), "there is invoices, ticket-triage"),
        ("zebra", (), "there is none"),
    ],
)
def test_a_near_name_is_suggested_else_all_that_there_are(name, known, end):
    assert suggest.instead(name, known) == end
