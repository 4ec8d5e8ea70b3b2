"""The report as one HTML file: nothing is fetched, and what events and answers say stays text.

Every value is written out safe (`display.safe`) and escaped; the page's Content-Security-Policy lets only its own style
sheet and script be, by their hashes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from processor.core.views import display
from processor.measure.calibration import document, holding
from processor.measure.ladder import told
from processor.measure.ladder import words as sentences
from processor.measure.report import cases, numbers, sections, words
from processor.measure.report.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.measure.records import Case
    from processor.measure.report.contents import Contents

CASES_LIMIT = 7_500_000
"""Characters of all cases together. Those that settled everywhere lose their texts first where there are more: the page
must open in any browser."""


def html(contents: Contents) -> str:
    """The page. The same contents give the same text.

    Raises:
        ImportError: matplotlib, of the extra `measure`, is not installed.
    """
    environment = _environment()
    lists = Lists(case.id for case in contents.ladder.run.cases)
    shown = {
        "contents": contents,
        "calibration": contents.calibration,
        "run": contents.ladder.run,
        "ladder": contents.ladder,
        "sentences": sentences.of(contents.ladder),
        "rungs": sections.rungs(contents.ladder, lists),
        "steps": sections.steps(contents.ladder, lists),
        "fields": sections.fields(contents.ladder, lists),
        "classes": sections.classes(contents.ladder, lists),
        "against_step": contents.against and sections.step(contents.against.step, lists),
        "charts": _charts(contents),
        "lists": lists,
        "cases": _cases(contents, lists, environment),
        "texts": contents.texts,
    }
    return page(f"The ladder of {contents.ladder.run.task}, measured", "body.html.j2", shown)


def page(title: str, template: str, shown: Mapping[str, Any]) -> str:
    """A whole page of what a template makes of values."""
    environment = _environment()
    body = environment.get_template(template).render(shown)
    style, script = _file("style.css"), _file("filter.js")
    return environment.get_template("page.html.j2").render(
        title=title,
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        body=Markup(body),  # noqa: S704 - escaped by its template
    )


def _charts(contents: Contents) -> dict[str, Markup | None]:
    from processor.measure.report.charts import bars, ladder, risk

    verdict = contents.verdict
    return {
        "failures": ladder.failures(contents.ladder.rungs) if contents.ladder.rungs else None,
        "cost": ladder.cost(contents.ladder.rungs),
        "risk": risk.coverage(contents.calibration) if contents.calibration else None,
        "causes": bars.causes(contents.causes) if contents.causes else None,
        "ceiling": bars.ceiling(verdict.ceiling) if verdict and verdict.ceiling else None,
    }


def _cases(contents: Contents, lists: Lists, environment: jinja2.Environment) -> list[Markup]:
    """Each case of the run as a piece of the page, in order; those with failures get their texts first."""
    run = contents.ladder.run
    outcomes = cases.by_case(run)
    findings = {finding.case: finding for finding in contents.causes.findings} if contents.causes else {}
    piece = environment.get_template("case.html.j2")

    def render(case: Case, *, texts: bool) -> Markup:
        shown = cases.shown(case, lists.anchor(case.id) or "", outcomes[case.id], findings.get(case.id), texts=texts)
        return Markup(piece.render(case=shown, texts=contents.texts))  # noqa: S704 - escaped by its template

    made: dict[str, Markup] = {}
    left = CASES_LIMIT
    for case in _failed_first(run.cases, {each.case for each in run.outcomes if each.failed}):
        made[case.id] = render(case, texts=contents.texts)
        if contents.texts and len(made[case.id]) > left:
            made[case.id] = render(case, texts=False)
        left -= len(made[case.id])
    return [made[case.id] for case in run.cases]


def _failed_first(given: Iterable[Case], failed: set[str]) -> list[Case]:
    return sorted(given, key=lambda case: case.id not in failed)


def _policy(style: str, script: str) -> str:
    """No request, no frame, no form; of styles and scripts ours alone."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _file(name: str) -> str:
    return (resources.files("processor.measure.report") / "templates" / name).read_text(encoding="utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": lambda share: numbers.unbroken(numbers.percent(share)),
        "interval": numbers.interval,
        "count": numbers.count,
        "plain": numbers.plain,
        "usd": told.usd,
        "usd_estimate": lambda estimate: numbers.unbroken(told.usd_estimate(estimate)),
        "share": lambda share: numbers.unbroken(told.percent(share)),
        "counted": told.counted,
        "rate": lambda estimate: numbers.unbroken(told.rate(estimate)),
        "points": lambda estimate: numbers.unbroken(told.points(estimate)),
        "p": lambda p: numbers.unbroken(told.p(p)),
        "cases": told.cases,
        "duration": display.duration,
        "cut": cases.cut,
        "text": cases.text,
        "rung": words.rung,
        "sentence": words.sentence,
    }
    environment.globals |= {
        "words": words,
        "state": cases.state,
        "thresholds": document.thresholds,
        "holding_note": holding.SAME,
    }
    return environment


def _finalize(value: Any) -> Any:
    """What a template writes: safe text. What is undetermined must be said in words, so None is a defect."""
    if value is None:
        raise ValueError("the template writes None")
    return value if isinstance(value, Markup) else display.safe(str(value))
