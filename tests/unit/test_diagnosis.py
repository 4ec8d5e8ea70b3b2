import dataclasses
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core import diagnosis
from processor.core.diagnosis import Deadlines, Trouble
from processor.core.vitals import Partition, Vitals

IDLE = Partition("t/0", end=7, position=7, fetched=6, taken=6)
WELL = Vitals(partitions=(IDLE,))
DEADLINES = Deadlines()


def changed(**changes: object) -> Vitals:
    return dataclasses.replace(WELL, **changes)  # type: ignore[arg-type]


def with_partition(**changes: object) -> Vitals:
    return changed(partitions=(dataclasses.replace(IDLE, **changes),))  # type: ignore[arg-type]


def history(looks: Iterable[Vitals | None], seconds: float = 1.0) -> diagnosis.History:
    """What looks `seconds` apart make; None: the loop did not answer."""
    found: diagnosis.History = {}
    last = Vitals()
    for each in looks:
        last = each or last
        found = diagnosis.after(found, last, seconds, answered=each is not None)
    return found


def fetching(looks: Sequence[Vitals]) -> list[Vitals]:
    """The same looks, with an answer of the broker before each."""
    return [
        dataclasses.replace(
            each,
            partitions=tuple(dataclasses.replace(part, answered=number) for part in each.partitions),
        )
        for number, each in enumerate(looks)
    ]


SICK = [
    (changed(thread=False), Trouble.THREAD, DEADLINES.loop),
    (changed(started=False), Trouble.START, DEADLINES.group),
    (changed(rebalancing=True), Trouble.REBALANCE, DEADLINES.group),
    (changed(flowing=False), Trouble.FLOW, DEADLINES.group),
    (changed(member=False), Trouble.MEMBER, DEADLINES.group),
    (changed(producing=False), Trouble.PRODUCER, DEADLINES.producer),
    (changed(stopping=True), Trouble.STOP, DEADLINES.stop),
    (changed(in_hand=3, asleep=2, full=True), Trouble.WORK, DEADLINES.group),
    (changed(failed=1, full=True, calling=True), Trouble.WORK, DEADLINES.group),
    (with_partition(end=9), Trouble.DELIVERY, DEADLINES.delivery),
    (with_partition(fetched=8), Trouble.DELIVERY, DEADLINES.delivery),
    (with_partition(end=9, turn=40), Trouble.DELIVERY, DEADLINES.delivery),
]


@pytest.mark.parametrize(("sick", "trouble", "deadline"), SICK)
def test_each_trouble_is_a_complaint_from_its_deadline_on(sick: Vitals, trouble: Trouble, deadline: float):
    looks = int(deadline)
    assert diagnosis.diagnose(history(fetching([sick] * looks)), DEADLINES) == ()
    (complaint,) = diagnosis.diagnose(history(fetching([sick] * (looks + 1))), DEADLINES)
    assert (complaint.symptom.trouble, complaint.seconds, complaint.deadline) == (trouble, deadline, deadline)


def test_what_waits_behind_others_waits_for_as_long_as_they_move():
    looks = [with_partition(end=9, turn=number // 50) for number in range(1000)]
    assert diagnosis.diagnose(history(fetching(looks)), DEADLINES) == ()


@pytest.mark.parametrize(("sick", "trouble", "deadline"), SICK)
def test_what_ends_begins_anew(sick: Vitals, trouble: Trouble, deadline: float):
    if deadline:
        looks = [sick] * int(deadline)
        assert diagnosis.diagnose(history(fetching([*looks, WELL, *looks])), DEADLINES) == ()


@pytest.mark.parametrize(
    "well",
    [
        WELL,
        Vitals(spare=True),
        changed(in_hand=64, calling=True, full=True),  # slow models: nothing settles, for as long as it takes
        changed(in_hand=64, asleep=64, full=True),
        changed(calling=True, full=True, partitions=(Partition("t/0", end=900, position=100, fetched=99, taken=40),)),
        changed(partitions=(Partition("t/0", None, None),)),
        changed(partitions=(Partition("t/0", end=5, position=5),)),  # nothing since it was given
        with_partition(end=9, position=9),  # two ends of transactions
    ],
)
def test_a_worker_that_waits_is_well(well: Vitals):
    assert diagnosis.diagnose(history(fetching([well] * 10_000)), DEADLINES) == ()


def test_a_partition_that_is_not_fetched_any_more_is_a_complaint():
    looks = [*fetching([WELL] * 100), *[with_partition(answered=99)] * 60]
    (complaint,) = diagnosis.diagnose(history(looks), DEADLINES)
    assert complaint.symptom.words == "t/0 is not fetched any more"


def test_a_loop_that_does_not_answer_is_a_complaint_and_hides_the_rest():
    (complaint,) = diagnosis.diagnose(history([changed(member=False), *[None] * 500]), DEADLINES)
    assert complaint.symptom == diagnosis.LOOP_SYMPTOM
    assert str(complaint) == "the event loop does not answer, for 499 s (limit 30 s)"


def test_a_shutdown_is_timed_while_the_loop_is_stuck_and_gone():
    found = diagnosis.diagnose(history([changed(stopping=True), *[None] * 100]), DEADLINES)
    assert {complaint.symptom.trouble for complaint in found} == {Trouble.LOOP, Trouble.STOP}


def test_a_worker_that_stops_gives_up_its_partitions_and_is_not_blamed():
    stopping = changed(stopping=True, flowing=False, member=False, rebalancing=True, thread=False, started=False)
    assert {each.trouble for each in diagnosis.symptoms(stopping)} == {Trouble.STOP}


@pytest.mark.parametrize("moves", ["settled", "waits"])
def test_messages_that_move_now_and_then_are_well(moves: str):
    looks = [changed(in_hand=3, asleep=2, **{moves: number // 100}) for number in range(1000)]
    assert diagnosis.diagnose(history(fetching(looks)), DEADLINES) == ()


def test_an_event_that_could_not_be_settled_is_told_however_well_others_go():
    looks = [changed(failed=1 + number // 100, settled=number) for number in range(121)]
    (complaint,) = diagnosis.diagnose(history(fetching(looks)), DEADLINES)
    assert "could not be settled" in complaint.symptom.words


def test_one_rebalance_after_the_other_is_no_standstill():
    storm = [changed(rebalancing=True, rebalances=number // 50) for number in range(1000)]
    assert diagnosis.diagnose(history(storm), DEADLINES) == ()


def test_messages_that_are_produced_meanwhile_do_not_hide_that_none_comes():
    looks = [with_partition(end=9 + number) for number in range(61)]
    (complaint,) = diagnosis.diagnose(history(looks), DEADLINES)
    assert "t/0" in complaint.symptom.words


def test_a_partition_whose_messages_come_slowly_is_well():
    looks = [with_partition(end=900, position=8 + n // 50, fetched=7 + n // 50, taken=7 + n // 50) for n in range(900)]
    assert diagnosis.diagnose(history(looks), DEADLINES) == ()


def test_seconds_without_room_are_not_counted_and_those_before_are_kept():
    stuck = with_partition(end=9)
    crowded = dataclasses.replace(stuck, full=True)
    assert diagnosis.diagnose(history([stuck, crowded, crowded] * 30), DEADLINES) == ()
    assert diagnosis.diagnose(history([*[stuck, crowded] * 60, stuck]), DEADLINES) != ()


def test_a_broker_that_is_away_starts_what_needs_it_anew():
    before = history([changed(member=False, thread=False)] * 100)
    found = diagnosis.without_broker(before)
    assert {each.trouble: seconds for each, seconds in found.items()} == {
        Trouble.THREAD: 99,
        Trouble.MEMBER: 0,
    }
    assert diagnosis.suspects_broker(before, 30)
    assert not diagnosis.suspects_broker(found, 0)


def test_patience_scales_all_but_the_grace_period():
    assert Deadlines(stop=75).times(0.1) == Deadlines(loop=3, group=12, delivery=6, stop=75, producer=0)


@pytest.mark.parametrize(
    ("shown", "ready"),
    [
        (WELL, True),
        (Vitals(spare=True), True),
        (Vitals(), False),
        (changed(stopping=True), False),
        (changed(rebalancing=True), False),
        (changed(flowing=False), False),
        (changed(member=False), False),
        (changed(started=False), False),
    ],
)
def test_it_is_ready_once_it_takes_its_share(shown: Vitals, ready: bool):
    assert shown.ready is ready


LOOKS = st.lists(st.one_of(st.none(), st.builds(Vitals, spare=st.just(True), member=st.booleans())), max_size=200)


@given(LOOKS, st.floats(0.01, 5))
def test_nothing_lasts_longer_than_it_was_looked_at(looks: list[Vitals | None], seconds: float):
    found = history(looks, seconds)
    assert all(0 <= lasted <= len(looks) * seconds for lasted in found.values())
    assert (diagnosis.LOOP_SYMPTOM in found) == bool(looks and looks[-1] is None)
