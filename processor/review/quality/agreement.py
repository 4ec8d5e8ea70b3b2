"""How far two reviewers of one item agree, task by task and place by place."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from processor.measure.figures import Estimate
from processor.measure.statistics import agreement, intervals
from processor.review.quality.values import Agreement, PlaceAgreement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from processor.review.quality.seen import Pair, Seen

NO_CLASS = Estimate(None, None, None, "answers have no class")


def by_task(found: Iterable[Seen], class_at: Mapping[str, str]) -> tuple[Agreement, ...]:
    """One of each task with two opinions on an item, by name.

    Args:
        found: the items.
        class_at: by task, the place of its class; empty where answers have none.
    """
    pairs: defaultdict[str, list[Pair]] = defaultdict(list)
    left_out: defaultdict[str, int] = defaultdict(int)
    for each in found:
        if each.pair is not None:
            pairs[each.task].append(each.pair)
        left_out[each.task] += each.sent_back
    names = sorted({*pairs, *(name for name, count in left_out.items() if count)})
    return tuple(_of(name, pairs[name], class_at.get(name, ""), left_out[name]) for name in names)


def _of(task: str, pairs: Sequence[Pair], class_at: str, left_out: int) -> Agreement:
    whole = intervals.share(sum(pair.same for pair in pairs), len(pairs))
    firsts, seconds = ([pair.classes[side] for pair in pairs] for side in (0, 1))
    return Agreement(
        task=task,
        whole=whole,
        class_at=class_at,
        raw=agreement.raw(firsts, seconds) if class_at else whole,
        kappa=agreement.kappa(firsts, seconds) if class_at else NO_CLASS,
        places=_places(pairs),
        left_out=left_out,
    )


def _places(pairs: Sequence[Pair]) -> tuple[PlaceAgreement, ...]:
    paths = dict.fromkeys(path for pair in pairs for path in pair.places)
    return tuple(sorted((_place(path, pairs) for path in paths), key=lambda each: each.raw.share or 0.0))


def _place(path: str, pairs: Sequence[Pair]) -> PlaceAgreement:
    same = [pair.places[path] for pair in pairs if path in pair.places]
    closed = [pair.closed[path] for pair in pairs if path in pair.closed]
    kappa = agreement.kappa(*zip(*closed, strict=True)) if len(closed) == len(same) else None
    return PlaceAgreement(path, intervals.share(sum(same), len(same)), kappa)
