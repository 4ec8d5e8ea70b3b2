from datetime import UTC, datetime

import pytest

from processor.core import errors
from processor.core.files import producer_record
from tests import builders


def test_an_event_goes_out_as_a_cloud_event_under_its_id():
    event = builders.event("Grüße", created_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    found = producer_record.build(event, 7)
    assert (found.line, found.key) == (7, b"e1")
    assert found.value == (
        '{"id":"e1","task":"sort","input":{"text":"Grüße"},"created_at":"2026-01-31T12:00:00Z"}'.encode()
    )
    assert dict(found.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"e1",
        "ce_source": b"/untuned/produce",
        "ce_type": b"untuned.event",
        "ce_time": b"2026-01-31T12:00:00Z",
        "content-type": b"application/json",
        "untuned-task": b"sort",
    }


@pytest.mark.parametrize(
    ("field", "key"),
    [("customer.id", b"c-7"), ("number", b"12"), ("attributes.channel", b"mail"), ("name", "ü".encode())],
)
def test_the_key_can_be_a_field(field, key):
    given = {"customer": {"id": "c-7"}, "number": 12, "name": "ü"}
    event = builders.event(input=given, attributes={"channel": "mail"})
    assert producer_record.build(event, 1, field).key == key


@pytest.mark.parametrize("field", ["absent", "customer", "customer.name", "yes", "list", "empty", "", "text.deeper"])
def test_an_event_without_a_key_in_that_field_is_refused(field):
    given = {"customer": {"id": "c-7"}, "yes": True, "list": [1], "empty": "", "text": "hi"}
    with pytest.raises(errors.UsageError, match="to be its key"):
        producer_record.build(builders.event(input=given), 1, field)
