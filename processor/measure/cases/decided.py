"""What people decided about events, brought together with the events and with what the ladder had answered.

decisions, people's results, review items, results, events -> Found
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from processor.core.wire import incoming, plain
from processor.measure.cases import labels
from processor.measure.cases.values import Found
from processor.measure.records import Case, Exclusion
from processor.measure.scoring import plain as answers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from processor.core.records import Event, Origin
    from processor.core.task import Task
    from processor.core.views.outcomes import Outcome
    from processor.measure.scoring import Scorer

REJECTED = "rejected"  # a person said that there is no right answer
SENT_BACK = "sent back"  # a person asked for another try, and nobody has decided since
NO_ANSWER = "no answer"  # a decision that has none, and accepts none that is there
EVENT_GONE = "event gone"  # neither in a review item nor any more on the tasks topic
UNREADABLE = "unreadable"  # the message cannot be decoded

Action = Literal["accept", "correct", "reject", "send_back"]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `answer` is None where it has none of its own; `at` is the broker's time in milliseconds."""

    by: str
    action: Action
    answer: Mapping[str, Any] | None
    at: int
    source: str
    inclusion: float | None = None


@dataclass(slots=True)
class Story:
    """What the topics say of one event that a person decided."""

    decisions: dict[str, Decided] = field(default_factory=dict)
    person: Decided | None = None
    event: Event | None = None
    first_answer: Mapping[str, Any] | None = None
    first: Origin | None = None
    inclusion: float | None = None


class Stories:
    """The stories of a task's decided events, by their ids. Only what is decided is kept."""

    def __init__(self, task: Task, scorer: Scorer) -> None:
        self._task = task
        self._scorer = scorer
        self._found: dict[str, Story] = {}
        self._unreadable: list[Exclusion] = []

    @property
    def ids(self) -> Collection[str]:
        """Ids of the events that are decided."""
        return self._found.keys()

    @property
    def without_event(self) -> set[str]:
        """Ids of decided events that are not known yet."""
        return {event_id for event_id, story in self._found.items() if story.event is None}

    @property
    def places(self) -> dict[Origin, str]:
        """Where the events without their input were first produced, as far as that is known, and their ids."""
        stories = ((event_id, self._found[event_id]) for event_id in self.without_event)
        return {story.first: event_id for event_id, story in stories if story.first is not None}

    def decision(self, found: Outcome) -> None:
        """Take in a message of the decisions topic; of one reviewer's decisions about an event the last counts."""
        if found.unreadable:
            self._unreadable.append(Exclusion("", str(found.message.origin), UNREADABLE))
        if found.task != self._task.name:
            return
        record, origin = found.record, found.message.origin
        made = Decided(
            by=str(record.get("decided_by", "")),
            action=record.get("action", "reject"),
            answer=_object(record.get("answer")),
            at=origin.timestamp_ms,
            source=str(origin),
            inclusion=_probability(record),
        )
        decisions = self._found.setdefault(found.event_id, Story()).decisions
        if made.by not in decisions or decisions[made.by].at <= made.at:
            decisions[made.by] = made

    def result(self, found: Outcome) -> None:
        """Take in a result: a person's is a label; a model's is what was answered first, of what is decided."""
        origin, answer = found.message.origin, _object(found.record.get("answer"))
        if found.record.get("decided_by") == "person":
            story = self._found.setdefault(found.event_id, Story())
            if story.person is None or story.person.at <= origin.timestamp_ms:
                story.person = Decided("", "correct", answer, origin.timestamp_ms, str(origin))
        elif found.event_id in self._found:
            story = self._found[found.event_id]
            story.first_answer = answer
        else:
            return
        story.first = story.first or _origin(found.record)

    def review(self, found: Outcome) -> None:
        """Take in the review item of an event that is decided; of another nothing is kept."""
        story = self._found.get(found.event_id)
        if story is None:
            return
        self.event(found.event_id, found.record.get("event"))
        story.first_answer = _object(found.record.get("answer")) or story.first_answer
        story.inclusion = _probability(found.record) or story.inclusion
        story.first = story.first or _origin(found.record)

    def event(self, event_id: str, record: Any) -> None:
        """Take in the event itself, in whatever record it stood."""
        try:
            event = incoming.event(record)
        except ValueError:
            return
        if (event.task, event.id) == (self._task.name, event_id):
            self._found[event_id].event = event

    def found(self) -> Found:
        """The cases, and what holds none."""
        cases: list[Case] = []
        exclusions = list(self._unreadable)
        for event_id, story in self._found.items():
            made = self._case(event_id, story)
            if isinstance(made, Case):
                cases.append(made)
            else:
                exclusions.append(made)
        return Found(tuple(cases), tuple(exclusions))

    def _case(self, event_id: str, story: Story) -> Case | Exclusion:
        opinions = sorted(story.decisions.values(), key=lambda made: (made.at, made.source))
        last = opinions[-1] if opinions else story.person
        assert last is not None
        given = [(made, label) for made in opinions if (label := _label(made, story)) is not None]
        rejected = [made for made in opinions if made.action == "reject"]
        if not given and not rejected and story.person is not None and story.person.answer is not None:
            given = [(story.person, story.person.answer)]
        if not given:
            why = REJECTED if rejected else SENT_BACK if last.action == "send_back" else NO_ANSWER
            return Exclusion(event_id, last.source, why)
        made, label = given[-1]
        if story.event is None:
            return Exclusion(event_id, made.source, EVENT_GONE)
        shape = self._task.contract.shape
        return Case(
            event=story.event,
            expected=answers.of(shape, label),
            source=made.source,
            labelled_by=tuple(each.by for each, _ in given if each.by),
            labels_by={each.by: answers.of(shape, one) for each, one in given if each.by},
            agreed=self._agreed([found for _, found in given], rejected),
            inclusion=story.inclusion or made.inclusion,
            group=labels.group_of(self._task, story.event),
            first_answer=None if story.first_answer is None else answers.of(shape, story.first_answer),
        )

    def _agreed(self, given: Sequence[Mapping[str, Any]], rejected: Collection[Decided]) -> bool | None:
        if len(given) + len(rejected) <= 1:
            return None
        return not rejected and all(self._scorer.agree(given[-1], label) for label in given)


def _label(made: Decided, story: Story) -> Mapping[str, Any] | None:
    """The answer that a decision calls right: one that accepts means what the ladder had answered."""
    if made.action not in ("accept", "correct"):
        return None
    return made.answer if made.answer is not None or made.action == "correct" else story.first_answer


def _object(value: Any) -> Mapping[str, Any] | None:
    found = plain.opened_text(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else None


def _probability(record: Mapping[str, Any]) -> float | None:
    """The chance that the event had to be audited, where the record has it."""
    value = record.get("inclusion")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= 1 else None


def _origin(record: Mapping[str, Any]) -> Origin | None:
    try:
        return incoming.origin(record["first"])
    except (KeyError, TypeError, ValueError):
        return None
