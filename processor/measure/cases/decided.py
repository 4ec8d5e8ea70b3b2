"""What people decided about events, brought together with the events and with what the ladder had answered.

decisions, people's results, review items, results, events -> Found
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.core.wire import headers, incoming, plain
from processor.measure.cases import labels, opinions
from processor.measure.cases.opinions import Decided, Round
from processor.measure.cases.values import Found
from processor.measure.records import Case, Exclusion
from processor.measure.scoring import plain as answers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from processor.core.records import Event, Origin
    from processor.core.task import Task
    from processor.core.views.outcomes import Outcome
    from processor.measure.cases.opinions import Opinion
    from processor.measure.scoring import Scorer

REJECTED = "rejected"  # a person said that there is no right answer
SENT_BACK = "sent back"  # a person asked for another try, and nobody has decided since
NO_ANSWER = "no answer"  # a decision that has none, and accepts none that is there
EVENT_GONE = "event gone"  # neither in a review item nor any more on the tasks topic
UNREADABLE = "unreadable"  # the message cannot be decoded


@dataclass(slots=True)
class Story:
    """What the topics say of one event that a person decided; `rounds` by how often it had been sent again."""

    rounds: dict[int, Round] = field(default_factory=dict)
    event: Event | None = None
    first: Origin | None = None

    def round(self, replay: int) -> Round:
        """One round, made where there is none yet."""
        return self.rounds.setdefault(replay, Round())

    @property
    def newest_first(self) -> list[Round]:
        """The rounds, the last one first."""
        return [self.rounds[replay] for replay in sorted(self.rounds, reverse=True)]


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
        """Take in a message of the decisions topic."""
        if found.unreadable:
            self._unreadable.append(Exclusion("", str(found.message.origin), UNREADABLE))
        if found.task != self._task.name:
            return
        story = self._found.setdefault(found.event_id, Story())
        story.round(_replay(found)).take(_decided(found))

    def result(self, found: Outcome) -> None:
        """Take in a result: a person's is a label; a model's is what was answered first, of what is decided."""
        answer, replay = _object(found.record.get("answer")), headers.replay(found.message.headers)
        if found.record.get("decided_by") == "person":
            story = self._found.setdefault(found.event_id, Story())
            story.round(replay).person = _of_result(found, answer)
        elif found.event_id in self._found:
            story = self._found[found.event_id]
            story.round(replay).model = answer
        else:
            return
        story.first = story.first or _origin(found.record)

    def review(self, found: Outcome) -> None:
        """Take in the review item of an event that is decided; of another nothing is kept."""
        story = self._found.get(found.event_id)
        if story is None:
            return
        self.event(found.event_id, found.record.get("event"))
        of = story.round(headers.replay(found.message.headers))
        of.reviewed = _object(found.record.get("answer")) or of.reviewed
        of.inclusion = opinions.probability(found.record) or of.inclusion
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
        known = next((of.first_answer for of in story.newest_first if of.first_answer is not None), None)
        of, given = next(
            ((of, found) for of in story.newest_first if (found := of.opinions(known))), (story.newest_first[0], ())
        )
        if not given:
            return _nothing(event_id, story)
        label, *others = given
        if label.answer is None:
            return Exclusion(event_id, label.made.source, REJECTED)
        if story.event is None:
            return Exclusion(event_id, label.made.source, EVENT_GONE)
        shape = self._task.contract.shape
        named = {each.made.by: each.answer for each in given if each.made.by and each.answer is not None}
        first = of.first_answer if of.first_answer is not None else known
        return Case(
            event=story.event,
            expected=answers.of(shape, label.answer),
            source=label.made.source,
            labelled_by=tuple(named),
            labels_by={name: answers.of(shape, answer) for name, answer in named.items()},
            agreed=all(self._agree(label.answer, other) for other in others) if others else None,
            inclusion=of.inclusion or label.made.inclusion,
            group=labels.group_of(self._task, story.event),
            first_answer=None if first is None else answers.of(shape, first),
        )

    def _agree(self, label: Mapping[str, Any], other: Opinion) -> bool:
        return other.answer is not None and self._scorer.agree(label, other.answer)


def _nothing(event_id: str, story: Story) -> Exclusion:
    """Why there is no label: nobody's decision says what is right."""
    last = next(each for of in story.newest_first for each in of.all[::-1])
    return Exclusion(event_id, last.source, SENT_BACK if last.action == "send_back" else NO_ANSWER)


def _replay(found: Outcome) -> int:
    """Which round a decision is of."""
    said = found.record.get("replay")
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    return headers.replay(found.message.headers)


def _decided(found: Outcome) -> Decided:
    record, origin = found.record, found.message.origin
    return Decided(
        id=str(record.get("id") or origin),
        by=str(record.get("decided_by", "")),
        action=record.get("action", "reject"),
        answer=_object(record.get("answer")),
        place=(origin.partition, origin.offset),
        source=str(origin),
        blind=record.get("blind") is True,
        inclusion=opinions.probability(record),
    )


def _of_result(found: Outcome, answer: Mapping[str, Any] | None) -> Decided:
    """A person's result as the decision that it tells of, for where that one is no more."""
    told, origin = found.record.get("reviewed"), found.message.origin
    by = told.get("by") if isinstance(told, dict) else None
    place = (origin.partition, origin.offset)
    return Decided("", by if isinstance(by, str) else "", "correct", answer, place, str(origin))


def _object(value: Any) -> Mapping[str, Any] | None:
    found = plain.opened_text(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else None


def _origin(record: Mapping[str, Any]) -> Origin | None:
    try:
        return incoming.origin(record["first"])
    except (KeyError, TypeError, ValueError):
        return None
