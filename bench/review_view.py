"""How long the review application's view takes for a page, counts, the next item and the figures of quality.

By the number of items, of which a fifth is decided:

python -m bench.review_view [1000 10000 100000]
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import itertools
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processor.adapters import project
from processor.core.records import Action, Message, Origin, Ruling
from processor.review.quality import Memory
from processor.review.values import Filter, Key, Order, Reviewer
from processor.review.view import Store, View
from processor.review.view.entries import Ruled, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from processor.review.view.entries import Entry

SIZES = (1000, 10_000, 100_000)
ROUNDS = 15
FEW = 5
"""Decisions between two looks at the figures of quality."""

PROJECT = Path(__file__).parents[1]
TASK = "ticket-triage"
"""By whose contract the answers of all tasks are held against each other."""

WORDS = ("card", "refund", "late", "parcel", "broken", "order", "invoice", "please", "help", "account", "money")
RULES = ("enum", "known_account", "amount_fits", "language", "too_short")
REASONS = ("steps_exhausted", "rule", "refusal", "budget_spent")
ORDERS: tuple[Order, ...] = ("oldest", "newest", "worth", "cost")
BATCH = 500
AUDITS = 0.1
DECIDED = 0.2
TWICE = 0.1
"""Of the decided ones, those that a second reviewer looked at."""

ANSWERS = tuple(
    {"reason": "asks for money", "category": category, "urgency": "low", "needs_person": False}
    for category in ("refund", "payment", "refund", "refund")
)


def items(count: int) -> Iterator[Entry]:
    """Items of four tasks and three tenants, a tenth of them audits, a fifth decided."""
    dice = random.Random(1)
    start = round(time.time() * 1000) - count * 1000
    usage = {"input_tokens": 400, "output_tokens": 24, "cached_tokens": 0}
    for number in range(count):
        task, audit = f"task-{number % 4}", dice.random() < AUDITS
        text = " ".join(dice.choices(WORDS, k=40))
        event = {"id": f"e-{number}", "task": task, "input": {"text": text}, "attributes": {"tenant": "acme"}}
        rules = [] if audit else dice.sample(RULES, k=dice.randint(1, 2))
        violations = [{"path": "$.a", "rule": rule, "message": "no", "found": "1", "expected": "2"} for rule in rules]
        record: dict[str, Any] = {
            "reason": "audit" if audit else dice.choice(REASONS),
            "detail": "",
            "inclusion": 0.1 if audit else None,
            "event": event,
            "raw": None,
            "violations": violations,
            "answer": dice.choice(ANSWERS),
            "attempts": [{"answer": text, "violations": violations}] * 2,
            "passages": [{"text": text * 3}] * 4,
            "usage": usage,
            "cost_usd": f"{dice.random() / 100:.6f}",
        }
        key = Key(task, f"e-{number}")
        yield Sent(key, Message(Origin("untuned.review", 0, number, start + number * 1000), b"k", b""), record)
        if dice.random() < DECIDED:
            yield ruled(key, number, dice)
            if dice.random() < TWICE:
                second = ruled(key, number, dice)
                yield dataclasses.replace(second, ruling=dataclasses.replace(second.ruling, by="cyd", blind=True))


def ruled(key: Key, number: int, dice: random.Random) -> Ruled:
    """What Bob decides."""
    at, action = dt.datetime.now(dt.UTC), dice.choice((Action.ACCEPT, Action.ACCEPT, Action.CORRECT, Action.REJECT))
    answer = None if action is Action.REJECT else dice.choice(ANSWERS)
    ruling = Ruling(f"r-{number}", key.event_id, key.task, key.replay, "bob", action, answer, "", at, 9.0)
    return Ruled(ruling, Origin("untuned.decisions", 0, number, round(at.timestamp() * 1000)))


def median(ask: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> float:
    """Milliseconds of processor time that one call takes: what else runs on the machine does not count."""
    taken = []
    for _ in range(ROUNDS):
        prepare()
        began = time.thread_time()
        ask()
        taken.append((time.thread_time() - began) * 1000)
    return statistics.median(taken)


def measure(count: int, folder: Path) -> dict[str, float]:
    store = Store(folder, lambda _: None)
    view, ann = View(store), Reviewer("ann", tasks=frozenset({f"task-{n}" for n in range(4)}))
    began, waiting = time.thread_time(), list(items(count))
    made = time.thread_time() - began
    for start in range(0, len(waiting), BATCH):
        with store.transaction() as writer:
            writer.apply(waiting[start : start + BATCH], {("untuned.review", 0): start})
    figures = {"filling, items a second": count / (time.thread_time() - began - made)}
    for order in ORDERS:
        figures[f"page, {order}"] = median(lambda order=order: view.page(Filter(order=order), ann))  # type: ignore[misc]
    second = view.page(Filter(), ann).after
    figures["second page"] = median(lambda: view.page(Filter(), ann, second))
    figures["page, by words"] = median(lambda: view.page(Filter(text="refund parc"), ann))
    figures["page, by rule"] = median(lambda: view.page(Filter(rule="enum"), ann))
    figures["counts"] = median(lambda: view.counts(Filter(), ann))
    figures["next"] = median(lambda: view.next(Filter(), ann))
    figures["next, by worth"] = median(lambda: view.next(Filter(order="worth"), ann))
    ref = view.next(Filter(), ann) or ""
    figures["item"] = median(lambda: view.item(ref, ann))
    figures |= quality(store, view, ann)
    store.close()
    return figures


def quality(store: Store, view: View, ann: Reviewer) -> dict[str, float]:
    """The figures of the quality page: by an empty memory, and after a few decisions more."""
    task, dice = project.Project(PROJECT).load_all()[TASK], random.Random(2)
    waiting = itertools.cycle([row.key for row in view.page(Filter(order="newest"), ann, limit=FEW * ROUNDS).rows])
    gc.collect()
    gc.freeze()  # as the application does

    def reckon(memory: Memory) -> None:
        memory.quality(view.decided(ann), view.decisions, view.undecided_audits(ann))

    def decide() -> None:
        with store.transaction() as writer:
            writer.apply([ruled(next(waiting), 0, dice) for _ in range(FEW)], {})

    def fresh() -> Memory:
        return Memory(lambda _: task)

    kept = fresh()
    first = median(lambda: reckon(fresh()))
    reckon(kept)
    return {"quality, first": first, f"quality, {FEW} decisions on": median(lambda: reckon(kept), decide)}


def main() -> None:
    sizes = [int(given) for given in sys.argv[1:]] or SIZES
    found = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found[size] = measure(size, Path(folder))
    print(f"{'median CPU milliseconds':<28}" + "".join(f"{size:>12,}" for size in sizes))
    for name in found[sizes[0]]:
        print(f"{name:<28}" + "".join(f"{found[size][name]:>12,.1f}" for size in sizes))


if __name__ == "__main__":
    main()
