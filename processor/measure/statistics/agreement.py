"""How far two people who label the same cases agree: in all, and beyond what chance would give.

Source of kappa: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20
(1960), 37-46.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from processor.measure.figures import Estimate, Share
from processor.measure.statistics import intervals

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


def raw(first: Sequence[Hashable], second: Sequence[Hashable]) -> Share:
    """How many cases both gave the same label, with its interval.

    Raises:
        ValueError: the two are not as long.
    """
    return intervals.share(sum(one == other for one, other in zip(first, second, strict=True)), len(first))


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> Estimate:
    """Cohen's kappa: 1 where they always agree, 0 where they agree as often as chance would have it.

    Undetermined where chance alone would make them agree always: both gave all cases one label. The 95 % interval is
    Wilson's of the raw agreement, with the chance agreement as it is. The usual one (J. L. Fleiss, J. Cohen and B. S.
    Everitt, Large sample standard errors of kappa and weighted kappa, Psychological Bulletin 72 (1969), 323-327) is a
    single point where both always agree, and covers far less than it says where they nearly do, which reviewers do;
    this one covers 93 % and more from some fifty cases on, and more than 95 % where one label is most of them.

    Raises:
        ValueError: the two are not as long.
    """
    agreed = raw(first, second)
    if agreed.share is None:
        return Estimate(None, None, None, "no cases")
    firsts, seconds = Counter(first), Counter(second)
    chance = sum(count * seconds[label] for label, count in firsts.items()) / agreed.n**2
    if chance == 1:
        return Estimate(None, None, None, "all cases have one label")
    value, low, high = ((share - chance) / (1 - chance) for share in (agreed.share, agreed.low, agreed.high))
    return Estimate(value, max(-1.0, low), high)
