"""The report in short, as Markdown for a comment on a pull request: no images, lists of cases cut short.

What comes from events, answers and definitions is text there, too: it opens no tag, no code, no table cell and no
formula, calls nobody (`@name`), and becomes no link.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from processor.core.views import display
from processor.measure.calibration import holding
from processor.measure.ladder import told
from processor.measure.ladder import words as sentences
from processor.measure.report import numbers, sections, words
from processor.measure.report.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from processor.measure.calibration.values import Found
    from processor.measure.causes.records import Causes
    from processor.measure.figures import Estimate, Ladder
    from processor.measure.ladder.versions import Against, Flip
    from processor.measure.report.contents import Contents
    from processor.measure.verdict.values import Verdict

CASES, CLASSES, CHANGES = 10, 8, 5
"""How many are listed at the most."""

CELL = 80
"""Characters of an answer."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}
_PAUSE = "\u200b"
"""Between two characters that a forge would make a mention or a link of."""


def markdown(contents: Contents) -> str:
    """The report in short. The same contents give the same text."""
    return "\n".join(_blocks(contents)).strip() + "\n"


def escaped(text: str, limit: int = 400) -> str:
    """One line of text that stays text, in a table's cell as elsewhere."""
    line = display.short(text, limit)
    line = re.sub(r"([\\`*_\[\]|~])", r"\\\1", line)
    line = re.sub(r"(@|:(?=//)|\bwww(?=\.)|#(?=\d)|\bGH(?=-\d))", rf"\1{_PAUSE}", line, flags=re.IGNORECASE)
    line = re.sub(r"[&<>$]", lambda found: _ENTITIES[found[0]], line)
    return re.sub(r"^(\d*)(?=[-+#=.)])(?!\.\d)", r"\1\\", line)


def _blocks(contents: Contents) -> Iterator[str]:
    ladder = contents.ladder
    yield f"## {escaped(ladder.run.task)}: what each rung of the ladder is worth\n"
    if contents.verdict:
        yield f"**Fine-tune: {escaped(contents.verdict.answer)}.** {escaped(contents.verdict.sentence)}\n"
    if ladder.run.unfinished:
        yield f"**Unfinished:** {escaped(ladder.run.unfinished)}.\n"
    if contents.against:
        yield from _against(contents.against, texts=contents.texts)
    yield from (f"- {escaped(sentence, 1000)}" for sentence in sentences.of(ladder))
    yield from _rungs(ladder)
    yield from _steps(ladder)
    if contents.holding:
        told_ = (*map(words.sentence, contents.holding.told), holding.SAME)
        yield f"\n**Does the calibration still hold?** {escaped(' '.join(told_), 2000)}\n"
    if contents.calibration:
        found = contents.calibration
        yield calibrated(found)
    if contents.causes:
        yield from _causes(contents.causes, texts=contents.texts)
    yield from _classes(ladder)
    if contents.verdict:
        yield from _verdict(contents.verdict)
    yield from _method(ladder)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, the others to the right; cells are escaped already."""
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join([':--', *['--:'] * (len(head) - 1)])}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _rungs(ladder: Ladder) -> Iterator[str]:
    rows = [
        [
            escaped(words.RUNGS[each.rung]),
            escaped(told.percent(each.failures)),
            escaped(told.percent(each.silent)),
            escaped(told.percent(each.coverage)),
            escaped(told.usd(each.usd)) if each.rung != "people" else numbers.NONE,
        ]
        for each in ladder.rungs
    ]
    if rows:
        head = ("rung", "failures", "wrong among accepted", "coverage", "US dollars an event")
        yield from table(head, rows)


def _steps(ladder: Ladder) -> Iterator[str]:
    rows = [
        [
            escaped(f"{words.rung(each.before)} → {words.rung(each.after)}"),
            escaped(told.points(each.difference)),
            numbers.count(len(each.fixed)),
            numbers.count(len(each.broken)),
            escaped(told.p(each.p_adjusted)),
            escaped(told.usd_estimate(each.usd_per_fix)),
        ]
        for each in ladder.steps
    ]
    if rows:
        head = ("step", "difference", "fixed", "broken", "p, corrected", "US dollars a failure less")
        yield from table(head, rows)


def _against(found: Against, *, texts: bool) -> Iterator[str]:
    state = "Worse" if found.worse else "Not worse beyond the noise"
    yield f"**{state}**: {escaped(' '.join(found.words), 1000)}"
    rows = [
        [
            escaped(side.label, CELL),
            escaped(told.percent(side.failures)),
            escaped(told.percent(side.silent)),
            escaped(told.usd(side.usd)),
        ]
        for side in (found.before, found.after)
    ]
    yield from table(("version", "failures", "wrong among accepted", "US dollars an event"), rows)
    shown = found.flips[:CASES]
    if shown:
        head = ["case", "became", *(["expected"] if texts else []), "before", "after"]
        yield from table([*map(escaped, head)], (_flip(flip, texts=texts) for flip in shown))
    yield from _more(len(found.flips), "flipped")


def _flip(flip: Flip, *, texts: bool) -> list[str]:
    def side(answer: Mapping[str, Any] | None, why: str) -> str:
        if answer is None:
            return escaped(f"to people: {why.replace('_', ' ')}", CELL)
        return _answer(answer) if texts else "accepted"

    expected = [_answer(flip.expected)] if texts else []
    sides = (side(flip.before, flip.why_before), side(flip.after, flip.why_after))
    return [escaped(flip.case, CELL), flip.became, *expected, *sides]


def _answer(answer: Mapping[str, Any]) -> str:
    return escaped(json.dumps(answer, ensure_ascii=False, default=str), CELL)


def calibrated(found: Found) -> str:
    """What is promised, and how much runs without people."""
    promise = (
        f"no more than {numbers.percent(found.curve.max_error)} wrong among accepted, with "
        f"{numbers.percent(found.curve.confidence)} confidence"
    )
    if found.chosen is None:
        return f"\n**Calibration**: {promise}: not possible with these cases. {escaped(found.why)}\n"
    covered = numbers.percent(found.chosen.coverage.share)
    return f"\n**Calibration**: {promise}: {covered} of the cases run without people.\n"


def _causes(found: Causes, *, texts: bool) -> Iterator[str]:
    yield f"\n**Why cases fail** ({found.examined} of {found.failed} failures examined):\n"
    yield from (
        f"- {escaped(words.cause(each.cause))}: {escaped(told.percent(each.share))}{_cases(each.cases)}"
        for each in found.shares
    )
    if found.changes:
        yield "\nTo change next, the most valuable first:\n"
    for number, change in enumerate(found.changes[:CHANGES], 1):
        what = f": {escaped(change.place.what)}" if texts else ""
        yield f"{number}. {escaped(change.place.file)}{what} ({_removes(change.removes)}){_cases(change.cases)}"
    yield from _more(len(found.changes), "to change", CHANGES)


def _removes(removes: Estimate) -> str:
    if removes.value is None:
        return "what it mends is undetermined"
    return f"{removes.value:.1f} failures are expected to go"


def _classes(ladder: Ladder) -> Iterator[str]:
    found = sections.classes(ladder, Lists(()))
    if found is None:
        return
    yield f"\n**Worst classes** with “{words.RUNGS[found.main]}”:"
    rows = [
        [escaped(row.name, CELL), escaped(told.percent(row.main)), told.counted(row.main)]
        for row in found.rows[:CLASSES]
        if row.main.count
    ]
    yield from table(("class", "failures", "of"), rows) if rows else ("\nno class has a failure.\n",)


def _verdict(found: Verdict) -> Iterator[str]:
    yield "\n**Do we need to fine-tune?**\n"
    yield from (f"- {escaped(reason)}" for reason in found.reasons)
    for each in found.situations:
        state = {True: "holds", False: "does not hold", None: "not settled"}[each.holds]
        yield f"- {each.number}. {escaped(each.name)}: {state}. {escaped(each.why)}"
    yield from (f"- Next: {escaped(each)}" for each in found.next)
    flips = [flip for flip in found.flips if flip.at is not None]
    if flips:
        told_at = (f"{escaped(flip.key)} at {numbers.plain(flip.at)}" for flip in flips)
        yield f"- The answer would change with {', '.join(told_at)}."


def _method(ladder: Ladder) -> Iterator[str]:
    yield "\n<details><summary>How it was measured</summary>\n"
    yield from (f"- {escaped(note, 1000)}" for note in (*ladder.notes, ladder.correction))
    models = ", ".join(ladder.run.models) or "none"
    at = ladder.run.started_at.strftime("%Y-%m-%d %H:%M %Z")
    yield f"- {escaped(at)}, models: {escaped(models)}, definition `{re.sub('[^0-9a-zA-Z]', '', ladder.run.version)}`"
    yield "\n</details>"


def _cases(cases: Sequence[str]) -> str:
    """The first of them, in brackets."""
    shown = ", ".join(escaped(case, CELL) for case in cases[:CASES])
    more = f" and {len(cases) - CASES} more" if len(cases) > CASES else ""
    return f" ({shown}{more})" if shown else ""


def _more(count: int, what: str, shown: int = CASES) -> Iterator[str]:
    if count > shown:
        yield f"\nand {count - shown} more {what}; the HTML report has them all.\n"
