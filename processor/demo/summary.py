"""The demo's end, for people. What comes from events, passages and models is hostile: cells are texts, made safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich.console
import rich.padding
import rich.table
from rich.text import Text

from processor.core.judging import ballot
from processor.core.views import display, outcomes
from processor.demo import pick, story
from processor.local import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.demo.accounts import Books
    from processor.demo.accuracy import Accuracy, Share
    from processor.demo.correction import Loop, Seen
    from processor.demo.pick import Shown
    from processor.demo.report import Report

RESULTS, REVIEW = 3, 2
"""How many of them are shown."""


def render(report: Report) -> rich.console.Group:
    """The summary, block by block."""
    blocks: dict[str, list[rich.console.RenderableType]] = {
        "What became of the events": _sums(report),
        **_by_task(report),
        "Who answered": _model(report),
        "Some results, with what they were made from": _outcomes(pick.results(report, RESULTS), "cyan"),
        "One event that was retried": _story(report),
        "Waiting for people": _outcomes(pick.review(report, REVIEW), "yellow"),
        **({"A correction, and the same message again": _correction(report, report.loop)} if report.loop else {}),
    }
    parts: list[rich.console.RenderableType] = []
    for title, body in blocks.items():
        parts += [Text(f"\n{title}", style="bold"), *map(_indented, body)]
    return rich.console.Group(*parts)


def _by_task(report: Report) -> dict[str, list[rich.console.RenderableType]]:
    """One task's accuracy field by field; of several tasks a line each."""
    if len(report.plan.shown) > 1:
        return {"Task by task": _tasks(report)}
    return {f"How right the answers of {task} are": _accuracy(found) for task, found in report.accuracies.items()}


def _tasks(report: Report) -> list[rich.console.RenderableType]:
    accuracies, held = report.accuracies, report.plan.held
    rows = [("task", "events", "results", "retried", "review", "right", "95 % (Wilson)")]
    for task, books in report.parts.items():
        sent, found = len(books.produced), accuracies.get(task)
        rows.append(
            (
                display.safe(task),
                f"{sent:,} of {held.get(task, sent):,}",
                f"{len(books.results):,}",
                f"{len(books.retried):,}",
                f"{len(books.review):,}",
                *(_right(found.whole) if found and found.whole.total else ("-", "")),
            )
        )
    partly = [task for task in report.parts if report.plan.left_out(task)]
    all_of = f"; all events of a task and its fields one by one: make demo TASK={partly[0]}" if partly else ""
    return [
        _table(map(Text, row) for row in rows),
        Text(f"right: accepted answers that have all labelled fields right{display.safe(all_of)}"),
    ]


def _right(share: Share) -> tuple[str, str]:
    low, high = share.interval
    return f"{share.right:,} of {share.total:,}", f"{low:.0%} to {high:.0%}"


def _sums(report: Report) -> list[rich.console.RenderableType]:
    books, usage = report.books, report.books.usage
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in books.reasons.items())
    audits = [("audits", len(books.audits), "results that people look at, too: a random share")] if books.audits else []
    rows = (
        ("results", len(books.results), "accepted answers"),
        *audits,
        ("review", len(books.review), f"for people: {display.safe(reasons)}" if reasons else "for people"),
        ("lost", len(books.lost), "in neither"),
        ("lag", report.lag, "of the workers' group, as the broker has it"),
        ("retried", len(books.retried), "went on to a further step of their task; counted above, too"),
        ("tokens", usage.total, f"{usage.input_tokens:,} in, {usage.output_tokens:,} out; {_money(books)}"),
    )
    sums = _table((Text(name), Text(f"{count:,}"), Text(meaning)) for name, count, meaning in rows)
    pace = f"{len(books.produced):,} events in {display.duration(report.working)}, {report.rate:.1f} a second"
    return [Text(pace), sums, *_verdict(report)]


def _money(books: Books) -> str:
    return "price not known (tasks/models.toml)" if books.cost is None else f"{books.cost:f} US dollars"


def _verdict(report: Report) -> Iterable[Text]:
    books = report.books
    if books.repeats:
        yield Text(f"{books.repeats:,} outcomes were delivered twice and are counted once (by their ce_id)")
    for complaint in report.complaints:
        yield Text(f"It does not add up: {display.safe(complaint)}", style="bold red")
    if not report.complaints:
        parts = f"{len(books.results):,} results + {len(books.review):,} review"
        yield Text(f"It adds up: {len(books.produced):,} produced = {parts}", style="green")


def _accuracy(found: Accuracy) -> list[rich.console.RenderableType]:
    shares = dict(found.fields)
    if len(shares) > 1:
        shares["all of these"] = found.whole
    if len(found.models) > 1:
        shares |= {f"by {name}": share for name, share in found.models.items()}
    if 0 < found.unremarked.total < found.whole.total:
        shares["where no rule remarked"] = found.unremarked
    rows = [(display.short(name, 40), share, "") for name, share in shares.items()]
    rows.append(("settled without a person", found.settled, "of all labelled events"))
    return [
        Text("accepted answers against their labels, with the 95 % interval (Wilson)"),
        _table(
            (Text(name), Text(f"{share.right:,} of {share.total:,}"), _percent(share, of)) for name, share, of in rows
        ),
    ]


def _percent(share: Share, of: str) -> Text:
    if not share.total:
        return Text("nothing to count")
    low, high = share.interval
    return Text(f"{share.right / share.total:6.1%}   {low:.1%} to {high:.1%}  {of}".rstrip())


def _model(report: Report) -> list[rich.console.RenderableType]:
    calls, accepted = report.books.calls, report.books.accepted
    rows = (
        (name, f"{accepted.get(name, 0):,} of {count:,}", "by a vote of labelled messages, without a model")
        if name == ballot.MODEL
        else (name, f"{accepted.get(name, 0):,} of {count:,}", "")
        for name, count in calls.items()
    )
    data = " DATA=FILE.csv" if report.plan.scaffolded else ""
    tiny = Text(
        f"{models.CHAT} is a tiny model, run on this machine. It answers modestly; what this shows is the mechanism.\n"
        "The same with a model that you would use:\n"
        f"  OPENAI_BASE_URL=https://… OPENAI_API_KEY=… OPENAI_MODEL=… make demo{data}"
    )
    table = _table((Text(display.short(name, 60)), Text(share), Text(note)) for name, share, note in rows)
    spent = _table(map(Text, row) for row in _spent(report)) if len(report.plan.shown) > 1 else None
    parts = [Text("accepted answers of all that were given"), table, spent, tiny if models.CHAT in calls else None]
    return [part for part in parts if part is not None]


def _spent(report: Report) -> Iterable[tuple[str, str]]:
    """By task, what its answers took and who gave those that were accepted."""
    for task, books in report.parts.items():
        by = ", ".join(f"{name} {count:,}" for name, count in books.accepted.items()) or "none"
        yield display.safe(task), f"{books.usage.total:,} tokens, {_money(books)}; accepted: {display.safe(by)}"


def _outcomes(found: list[Shown], style: str) -> list[rich.console.RenderableType]:
    parts: list[rich.console.RenderableType] = []
    for shown in found:
        details = _table(map(Text, pair) for pair in shown.details)
        parts += [Text(shown.event), _indented(Text(shown.became, style=style)), _indented(details)]
    return parts or [Text("none")]


def _story(report: Report) -> list[rich.console.RenderableType]:
    if not report.story:
        return [Text("none was" if not report.books.retried else "the workers' logs tell of none")]
    identity = str(report.story[0].fields["id"])
    parts: list[rich.console.RenderableType] = [Text(pick.event(report, identity))]
    answers = pick.attempts(report, identity)
    for line, told in zip(report.story, story.tell(report.story), strict=True):
        parts.append(_indented(Text(display.safe(told))))
        parts += [_indented(_indented(Text(each, style="cyan"))) for each in answers.get(line.attempt, ())]
    return parts


def _correction(report: Report, loop: Loop) -> list[rich.console.RenderableType]:
    """What a person's decision changed for the next message of its kind."""
    if not loop.event:
        return [Text(f"none: {display.safe(loop.why)}")]
    chosen = f"the first of {loop.qualified:,} that were not answered right and that one more example can settle"
    parts: list[tuple[str, str, str]] = [("before", _became(loop.before), "yellow")]
    if loop.again or not loop.why:
        parts += [
            ("decided", f"{_answer(loop.decided)}  by its label, as a person would", ""),
            ("learnt", "untuned cases --examples, untuned knowledge load (in a copy; your folder is as it was)", ""),
        ]
    if loop.after is not None:
        parts.append(("after", _became(loop.after), "cyan"))
    rows = _table((Text(name), Text(told, style=style)) for name, told, style in parts)
    return [Text(pick.event(report, loop.event)), _indented(Text(chosen)), _indented(rows), _indented(_told(loop))]


def _became(seen: Seen | None) -> str:
    if seen is None:
        return "-"
    by = f" by {seen.by}" if seen.by else ""
    cost = "price not known" if seen.cost is None else f"{seen.cost} US dollars"
    nearest = f"; nearest: {seen.nearest}" if seen.nearest else ""
    return display.safe(f"{seen.became}{by}: {_answer(seen.answer)}  {seen.tokens:,} tokens, {cost}{nearest}")


def _answer(answer: Mapping[str, Any] | None) -> str:
    return "no answer" if answer is None else display.short(outcomes.json_text(answer), pick.ANSWER)


def _told(loop: Loop) -> Text:
    if loop.better:
        return Text("It is answered right now, and was not before.", style="green")
    why = loop.why or "what came of it is above"
    return Text(f"It did not become better: {display.safe(why)}", style="bold")


def _indented(body: rich.console.RenderableType) -> rich.padding.Padding:
    return rich.padding.Padding(body, (0, 0, 0, 2), expand=False)


def _table(rows: Iterable[Iterable[Text]]) -> rich.table.Table:
    """Rows of texts; only the last column is ever wrapped."""
    table = rich.table.Table.grid(padding=(0, 2))
    for cells in map(tuple, rows):
        while len(table.columns) < len(cells):
            table.add_column(no_wrap=len(table.columns) < len(cells) - 1)
        table.add_row(*cells)
    return table
