import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.pacing import ratelimit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 300.0),
        ("1m30s", 90.0),
        ("120ms", 0.12),
        ("7.66s", 7.66),
        ("1h2m", 300.0),
        ("20", 20.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("0s", 0.0),
        ("", None),
        ("soon", None),
        ("1s!", None),
        ("nan", None),
        ("inf", None),
        ("2026-01-01T00:00:00Z", None),
    ],
)
def test_durations_as_servers_write_them(text, seconds):
    assert ratelimit.duration(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "7"}, 7.0),
        ({"retry-after": "86400"}, 300.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "Fri, 27 Nov 2026 17:00:30 GMT", "date": "Fri, 27 Nov 2026 17:00:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 27 Nov 2026 17:00:30 GMT"}, None),
        ({"retry-after": "Fri, 27 Nov 2026 17:00:30", "date": "Fri, 27 Nov 2026 17:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_what_a_server_asks_to_wait(headers, seconds):
    assert ratelimit.retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("requests", "tokens", "seconds"),
    [
        (("0", "2s"), ("100", "60s"), 2.0),
        (("0", "2s"), ("0", "6s"), 6.0),
        (("5", "2s"), ("100", "60s"), 0.0),
        (("0", "never"), ("x", "60s"), 0.0),
        (("0", "20"), ("", ""), 20.0),
    ],
)
def test_a_limit_that_is_used_up_is_waited_for(requests, tokens, seconds):
    headers = {
        "x-ratelimit-remaining-requests": requests[0],
        "x-ratelimit-reset-requests": requests[1],
        "x-ratelimit-remaining-tokens": tokens[0],
        "x-ratelimit-reset-tokens": tokens[1],
    }
    assert ratelimit.used_up(headers) == seconds


def test_no_headers_no_wait():
    assert ratelimit.used_up({}) == 0.0


@given(st.text(), st.text(), st.text())
def test_whatever_headers_say_waits_are_bounded(asked, left, reset):
    headers = {"retry-after": asked, "date": reset, "retry-after-ms": left, "x-ratelimit-remaining-tokens": "0"}
    found = ratelimit.retry_after(headers)
    assert found is None or 0 <= found <= ratelimit.LONGEST_WAIT
    assert 0 <= ratelimit.used_up({**headers, "x-ratelimit-reset-tokens": reset}) <= ratelimit.LONGEST_WAIT
