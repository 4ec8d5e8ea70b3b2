from hypothesis import given
from hypothesis import strategies as st

from processor.core.delivery.tracker import PartitionTracker


def test_commits_only_the_contiguous_prefix():
    tracked = PartitionTracker()
    for offset in (10, 11, 12):
        assert tracked.start(offset)
    seen = []
    for offset in (11, 10, 12):
        tracked.finish(offset)
        seen.append(tracked.committable)
    assert seen == [None, 12, 13]
    assert tracked.window == 0


def test_a_message_delivered_again_is_not_started_again():
    tracked = PartitionTracker()
    assert tracked.start(5)
    assert not tracked.start(5)
    tracked.finish(5)
    assert not tracked.start(4)
    assert tracked.start(6)


@given(st.data())
def test_never_commits_past_an_unfinished_offset(data: st.DataObject):
    # Gaps between offsets stand for compacted records and transaction markers.
    offsets = sorted(data.draw(st.sets(st.integers(0, 200), min_size=1, max_size=40)))
    order = data.draw(st.permutations(offsets))
    tracked = PartitionTracker()
    for offset in offsets:
        assert tracked.start(offset)
    unfinished = set(offsets)
    for offset in order:
        tracked.finish(offset)
        unfinished.discard(offset)
        head = min(unfinished, default=offsets[-1] + 1)
        finished_before = [other for other in offsets if other < head]
        assert tracked.committable == (finished_before[-1] + 1 if finished_before else None)
        assert tracked.window == sum(1 for other in offsets if other >= head)
