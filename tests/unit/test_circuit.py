import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core import errors
from processor.core.pacing import outcome
from processor.core.pacing.circuit import LONGEST_PAUSE, Circuit
from processor.core.pacing.outcome import Outcome
from processor.core.records import Reason


def end(circuit: Circuit, *outcomes: Outcome, now: float = 0.0) -> Circuit:
    for each in outcomes:
        epoch = circuit.epoch
        circuit.start(now, 0.0)
        circuit.end(epoch, each, now, 0.0)
    return circuit


F, U, A = Outcome.FAILED, Outcome.UNREACHED, Outcome.ANSWERED


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ((), "closed"),
        ((F,) * 4, "closed"),
        ((F,) * 5, "open"),
        ((F,) * 4 + (A,) + (F,) * 4, "closed"),
        ((F,) * 4 + (Outcome.LIMITED,) + (F,), "closed"),
        ((F,) * 4 + (Outcome.SILENT,) + (F,), "open"),
        ((U,), "closed"),
        ((U, U), "open"),
        ((F, U), "open"),
        ((Outcome.REFUSED,), "closed"),
        ((Outcome.REFUSED,) * 2, "open"),
        ((Outcome.REFUSED, A) * 9, "closed"),
        ((Outcome.LIMITED,) * 20, "closed"),
        ((U, U, A), "closed"),
        ((U, U, Outcome.LIMITED), "closed"),
        ((U, U, F), "open"),
        ((U, U, Outcome.SILENT), "open"),
    ],
)
def test_what_opens_a_circuit_and_what_closes_it(outcomes, state):
    assert end(Circuit(0.0), *outcomes).state == state


def test_probes_come_at_growing_pauses_until_one_is_answered():
    circuit = end(Circuit(0.0), U, U)
    now, pauses = 0.0, []
    for _ in range(6):
        pauses.append(circuit.ready - now)
        now = circuit.ready
        circuit.start(now, 0.0)
        assert circuit.state == "half-open"
        assert circuit.ready > now
        circuit.end(circuit.epoch, U, now, 0.0)
    assert pauses == [0.25, 0.5, 1.0, 2.0, 2.5, 2.5]


def test_a_probe_that_hangs_holds_up_no_other():
    circuit = end(Circuit(0.0), U, U)
    circuit.start(1.0, 0.9)
    assert 1.0 < circuit.ready <= 1.0 + LONGEST_PAUSE


def test_calls_of_before_the_opening_say_nothing_of_it():
    circuit = Circuit(0.0)
    circuit.start(0.0, 0.0)
    before = circuit.epoch
    end(circuit, U, U)
    assert not circuit.end(before, A, 1.0, 0.0)
    assert circuit.state == "open"


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.floats(0, 20), st.floats(0, 0.999)), max_size=60))
def test_while_it_is_open_the_next_probe_is_never_far(steps):
    circuit, now = Circuit(0.0), 0.0
    for each, seconds, jitter in steps:
        now += seconds
        if circuit.ready <= now:
            epoch = circuit.epoch
            circuit.start(now, jitter)
            circuit.end(epoch, each, now, jitter)
        assert circuit.ready <= now + LONGEST_PAUSE


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, Outcome.ANSWERED),
        (errors.Refused(Reason.REQUEST_REJECTED, ""), Outcome.ANSWERED),
        (errors.Unavailable("model", ""), Outcome.FAILED),
        (errors.Unavailable("model", "", unreached=True), Outcome.UNREACHED),
        (errors.Unavailable("model", "", 7.0, limited=True), Outcome.LIMITED),
        (errors.Unavailable("model strong", ""), Outcome.SILENT),
        (errors.Misconfigured("model", ""), Outcome.REFUSED),
        (errors.Misconfigured("model", "", shared=False), Outcome.SILENT),
        (errors.Misconfigured("weaviate", ""), Outcome.SILENT),
        (ValueError(), Outcome.SILENT),
    ],
)
def test_what_an_error_says_of_a_dependency(error, expected):
    assert outcome.of(error, "model") is expected
