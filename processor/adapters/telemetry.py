"""structlog: JSON lines, pretty on a terminal; one story per event by its id.

Contents of events and answers are logged only where asked for; secrets never: only the fields named here are logged.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any

import structlog

from processor.core.records import Result, Retry, Review, Wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Decision, Message, Work

SELDOM = 5.0
"""Seconds between two equal lines of a library."""

SAME = 60
"""Characters by which two of its lines are equal: what follows often differs by addresses."""

MOST_LINES = 500

LIBRARY_LEVEL = {"debug": logging.INFO, "info": logging.WARNING}
"""Faust, aiokafka and the clients speak one level less than untuned does."""


def logging_config(log_format: str, level: str) -> dict[str, Any]:
    """A dictConfig that sends the standard library's loggers through structlog, and configures structlog itself.

    Args:
        log_format: `json`, `pretty` or `auto` (pretty on a terminal).
        level: `debug`, `info`, `warning` or `error`.
    """
    pretty = log_format == "pretty" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [structlog.dev.ConsoleRenderer()]
        if pretty
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    chosen = level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "story": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "filters": {"seldom": {"()": _Seldom}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "story",
                "stream": "ext://sys.stderr",
                "filters": ["seldom"],
            }
        },
        "root": {"handlers": ["stderr"], "level": LIBRARY_LEVEL.get(level, logging.ERROR)},
        "loggers": {"untuned": {"level": chosen}},
    }


class _Seldom(logging.Filter):
    """Lets a line of a library through once in a while: aiokafka repeats some hundreds of times a second.

    untuned's own lines all pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("untuned"):
            return True
        line, now = (record.name, str(record.msg)[:SAME]), time.monotonic()
        if now - self._last.get(line, -SELDOM) < SELDOM:
            return False
        if len(self._last) >= MOST_LINES:
            self._last.clear()
        self._last[line] = now
        return True


class Story:
    """Writes what happens to each event."""

    def __init__(self, *, contents: bool) -> None:
        self._log = structlog.stdlib.get_logger("untuned")
        self._contents = contents

    def decided(self, message: Message, decision: Decision, seconds: float) -> None:
        """One line for what became of a message: `seconds` is from its start in this worker to its delivery."""
        fields = {**_where(message), **_about(decision), "seconds": round(seconds, 4)}
        if self._contents:
            fields |= _contents(decision)
        log = self._log.warning if isinstance(decision, Review | Wait) else self._log.info
        log(type(decision).__name__.lower(), **fields)

    def repeated(self, message: Message, work: Work | None) -> None:
        """One line for a message whose attempt is done already."""
        self._log.info("repeat", **_where(message), **({} if work is None else _of_work(work)))

    def note(self, event: str, **fields: object) -> None:
        """One line about the worker itself."""
        self._log.info(event, **fields)

    def warn(self, event: str, **fields: object) -> None:
        """One line about the worker itself that somebody should see."""
        self._log.warning(event, **fields)


def _where(message: Message) -> dict[str, Any]:
    origin = message.origin
    return {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset}


def _about(decision: Decision) -> dict[str, Any]:
    fields = {} if decision.work is None else _of_work(decision.work)
    if isinstance(decision, Wait):
        return {**fields, "dependency": decision.dependency, "detail": decision.detail, "broken": decision.broken}
    if isinstance(decision, Result) and decision.audit is not None:
        fields |= {"audit": decision.audit.inclusion}
    if isinstance(decision, Review):
        fields |= {"reason": str(decision.reason)}
    if isinstance(decision, Retry | Review):
        fields |= {"violated": [violation.rule for violation in decision.violations]}
    if decision.provenance is not None:
        provenance = decision.provenance
        fields |= {
            "version": provenance.version,
            "tokens": provenance.usage.total,
            "cost": None if provenance.cost is None else str(provenance.cost),
            "passages": len(provenance.passages),
            **{f"{stage}_s": round(seconds, 4) for stage, seconds in provenance.durations.items()},
        }
    return fields


def _of_work(work: Work) -> dict[str, Any]:
    return {"id": work.event.id, "task": work.event.task, "attempt": work.attempt}


def _contents(decision: Decision) -> Mapping[str, Any]:
    if isinstance(decision, Wait) or decision.work is None:
        return {}
    last = decision.work.attempts[-1].answer if decision.work.attempts else None
    return {"input": dict(decision.work.event.input), "answer": last}
