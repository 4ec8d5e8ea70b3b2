"""The values that go along the way of one event, all frozen; a step makes a new one and changes none.

Message -> Work(Event) -> Query -> Passage -> Prompt -> Completion -> Verdict
    -> Decision (Result | Retry | Review | Wait)
"""

from processor.core.records.attempt import Attempt, Usage, Violation
from processor.core.records.decision import Answered, Decision, Provenance, Reason, Result, Retry, Review, Verdict, Wait
from processor.core.records.event import Event, Message, Origin, Work
from processor.core.records.passage import Passage, Query
from processor.core.records.prompt import ChatMessage, Completion, Endpoint, Part, Prompt, ResponseFormat, Size
from processor.core.records.ruling import Action, Lease, Ruling

__all__ = [
    "Action",
    "Answered",
    "Attempt",
    "ChatMessage",
    "Completion",
    "Decision",
    "Endpoint",
    "Event",
    "Lease",
    "Message",
    "Origin",
    "Part",
    "Passage",
    "Prompt",
    "Provenance",
    "Query",
    "Reason",
    "ResponseFormat",
    "Result",
    "Retry",
    "Review",
    "Ruling",
    "Size",
    "Usage",
    "Verdict",
    "Violation",
    "Wait",
    "Work",
]
