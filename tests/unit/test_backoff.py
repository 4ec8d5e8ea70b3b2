import pytest

from processor.core.delivery import backoff


@pytest.mark.parametrize(
    ("failures", "retry_after", "jitter", "broken", "seconds"),
    [
        (0, None, 0.0, False, 0.25),
        (0, None, 1.0, False, 0.5),
        (3, None, 1.0, False, 4.0),
        (50, None, 1.0, False, 5.0),
        (0, 12.0, 0.0, False, 12.25),
        (0, 300.0, 0.0, False, backoff.LONGEST + 0.25),
        (0, -5.0, 0.0, False, 0.25),
        (0, None, 1.0, True, 15.0),
    ],
)
def test_delay(failures: int, retry_after: float | None, jitter: float, broken: bool, seconds: float):
    assert backoff.delay(failures, retry_after, jitter, broken=broken) == pytest.approx(seconds)
