from datetime import UTC, datetime, timedelta, timezone

import pytest

from processor.core import errors
from processor.core.views import since

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(("text", "hours"), [("3600s", 1), ("120m", 2), ("3h", 3), ("2d", 48), ("0s", 0)])
def test_a_length_of_time_counts_back_from_now(text, hours):
    assert since.parse(text, NOW) == NOW - timedelta(hours=hours)


def test_a_time_is_taken_as_it_stands_and_without_a_zone_in_that_of_now():
    assert since.parse("2026-01-30T00:00:00Z", NOW) == datetime(2026, 1, 30, tzinfo=UTC)
    assert since.parse("2026-01-30", NOW) == datetime(2026, 1, 29, 23, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "1w", "1.5h", "yesterday", "999999999d", "\uff11h"])
def test_anything_else_is_refused(text):
    with pytest.raises(errors.UsageError, match="--since takes"):
        since.parse(text, NOW)
