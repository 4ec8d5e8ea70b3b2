"""The HTML report: nothing in it runs or is fetched but its own, and every number leads to its cases."""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import re
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from processor.core.records import Event
from processor.measure import report
from processor.measure.calibration import holding
from processor.measure.ladder import against, told
from processor.measure.report import page
from processor.measure.statistics import intervals
from tests import measured, reported

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"' onload=x --> ]]> </style></textarea>"
    "https://evil.example javascript:alert(1) {{ 7 * 7 }} {% raw %} &lt;b&gt; \x1b[31m\u202eevil\u2066\x00 | ` @all"
)


def hostile(text: str = HOSTILE, **changes: Any) -> report.Contents:
    """Contents with the same text wherever an event, an answer, a label or a definition may have one."""
    cases = tuple(
        measured.a_case(
            number,
            id=f"{text}{number}",
            event=Event(f"{text}{number}", "sort", {text: text, "deep": {text: [text]}}),
            expected={"category": text, text: text},
            source=text,
            labelled_by=(text,),
            group=text,
        )
        for number in range(4)
    )
    run = measured.a_run(
        {"vote": "rrwe", "prompt": "rwen", "rules": "rrwo"},
        cases,
        task=text,
        label=text,
        version=text,
        models=(text,),
        unfinished=text,
    )
    other = dataclasses.replace(run, label=f"{text}!", outcomes=run.outcomes[::-1])
    return reported.full(run, against=against.against(other, run), **changes)


def parsed(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html)


def first(node: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    """What must be there."""
    found = node.css_first(selector)
    assert found is not None
    return found


@functools.cache
def full_page(*, texts: bool = True) -> str:
    return report.html(reported.full(texts=texts))


@functools.cache
def hostile_page(*, texts: bool) -> str:
    return report.html(hostile(texts=texts))


def test_a_page_has_its_own_style_and_script_alone_and_says_so_by_their_hashes():
    tree = parsed(full_page())
    policy = first(tree, "meta[http-equiv=Content-Security-Policy]").attributes["content"] or ""
    for name in ("style", "script"):
        (element,) = tree.css(name)
        digest = base64.b64encode(hashlib.sha256(element.text().encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
        assert not element.attributes
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


@pytest.mark.parametrize("texts", [True, False])
def test_hostile_texts_stay_texts(texts):
    html = hostile_page(texts=texts)
    assert_harmless(html)
    assert "\\u202e" in html
    assert "\\x1b" in html
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)


@settings(max_examples=15, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>&\"'`{}%#/=!- \n\r\t\\abjs:\u202e\x00\ud800🙂"), min_size=1, max_size=30))
def test_no_text_opens_a_tag(text):
    with mock.patch.object(
        page, "_charts", return_value=dict.fromkeys(("failures", "cost", "risk", "causes", "ceiling"))
    ):
        assert_harmless(report.html(hostile(text)))


def assert_harmless(html: str) -> None:
    """Only our elements and attributes are there, and no address of anything outside the page."""
    tree = parsed(html)
    assert len(tree.css("script")) == len(tree.css("style")) == 1
    assert not tree.css("img, iframe, object, embed, link, form, base, audio, video, foreignObject, image, template")
    for element in tree.css("*"):
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            assert name not in {"style", "src", "action", "formaction", "srcset", "xlink:href"}
            if name == "href":
                assert (value or "").startswith("#")


def test_every_link_leads_to_something_in_the_page_and_no_id_is_there_twice():
    for html in (full_page(), hostile_page(texts=True), full_page(texts=False)):
        tree = parsed(html)
        ids = [element.attributes["id"] for element in tree.css("[id]")]
        assert len(ids) == len(set(ids))
        targets = {(link.attributes["href"] or "")[1:] for link in tree.css("[href]")}
        assert targets <= set(ids)
        for element in tree.css("[aria-labelledby]"):
            assert set((element.attributes["aria-labelledby"] or "").split()) <= set(ids)
        for reference in re.findall(r"url\(#([^)]+)\)", tree.html or ""):
            assert reference in ids


def test_every_case_is_in_the_page_once_whatever_its_id():
    contents = hostile()
    tree = parsed(hostile_page(texts=True))
    assert len(tree.css("details.case")) == len(contents.ladder.run.cases)
    for place in range(len(contents.ladder.run.cases)):
        assert tree.css(f"#case-{place + 1}")


def test_the_numbers_are_those_of_the_ladder_and_lead_to_as_many_cases():
    contents = reported.full()
    tree = parsed(full_page())
    rows = tree.css("#ladder table")[0].css("tbody tr")
    assert len(rows) == len(contents.ladder.rungs)
    for row, figures in zip(rows, contents.ladder.rungs, strict=True):
        for cell, share in zip(row.css("td"), (figures.failures, figures.silent, figures.coverage), strict=False):
            assert told.percent(share) in cell.text().replace("\u00a0", " ")
            assert told.counted(share) in cell.text()
            link = first(cell, "a")
            listed = first(tree, link.attributes["href"] or "")
            assert len(listed.css("a")) == share.count


def test_the_list_of_a_class_has_its_failed_cases():
    contents = reported.full()
    of_case = {case.id: case.expected["category"] for case in contents.ladder.run.cases}
    failed = {each.case for each in contents.ladder.run.on("rules") if each.failed}
    tree = parsed(full_page())
    for row in tree.css("#classes tbody tr"):
        name = first(row, "th").text()
        if (link := row.css("td")[-1].css_first("a")) is not None:
            shown = {each.text() for each in tree.css(f"{link.attributes['href']} a")}
            assert shown == {case for case in failed if of_case[case] == name}


def test_classes_are_sorted_by_the_topmost_rung_the_worst_first():
    contents = reported.full(reported.a_run(200, 77))
    rows = parsed(report.html(contents)).css("#classes tbody tr")
    assert len(rows) == 77
    shares = [float(row.css("td")[-1].text().split("%")[0]) for row in rows]
    assert shares == sorted(shares, reverse=True)


def test_the_answers_of_all_rungs_stand_side_by_side_and_what_differs_is_marked():
    run = measured.a_run({"prompt": "w", "rules": "r"})
    tree = parsed(report.html(report.Contents(reported.a_ladder(run))))
    table = first(tree, "#case-1 table.answers")
    assert [cell.text() for cell in table.css("thead th")] == ["place", "expected", "prompt only", "+ rules"]
    wrong, fine = table.css("tbody tr")
    assert [cell.text() for cell in wrong.css("th, td")] == ["$.category", "card", "wrong: refund", "card"]
    assert len(wrong.css("mark")) == 1
    assert not fine.css("mark")


def test_the_same_contents_make_the_same_page():
    assert report.html(reported.full()) == full_page()


def test_without_texts_a_case_is_its_id_and_where_it_went_wrong():
    tree = parsed(full_page(texts=False))
    html = first(tree, "#cases").html or ""
    assert "message-0001" in html
    assert "enum" in html
    for secret in ("asks for a card", "I have a question", "ana", "Not a known category", "cards-1.md", "raise top_k"):
        assert secret not in (tree.html or "")


@pytest.mark.parametrize(
    "run",
    [
        measured.a_run({}, ()),
        measured.a_run({"rules": "r"}),
        measured.a_run({"rules": "w"}),
        measured.a_run({"vote": "rrrr", "prompt": "rrrr", "retrieval": "rrrr", "rules": "rrrr"}),
        measured.a_run({"prompt": "nnnn", "rules": "eeee"}),
        measured.a_run({"prompt": "rw ww rn", "rules": "rr re rr"}),
        measured.a_run({"prompt": "rwrn", "rules": "rrwe"}, by_rung={"rules": {"cost": None}}, spent_usd=None),
        measured.a_run({"rules": "rw"}, unfinished="the budget of $1 is spent", models=()),
    ],
    ids=["no case", "one right", "one wrong", "none fails", "all fail", "repeats", "no price", "unfinished"],
)
def test_the_edges_have_a_page_and_a_comment(run):
    contents = report.Contents(reported.a_ladder(run))
    html = report.html(contents)
    assert_harmless(html)
    assert "None" not in first(parsed(html), "main").text()
    assert "None" not in report.markdown(contents)


def test_a_thousand_cases_stay_usable():
    assert len(report.html(reported.many(1000, 77)).encode()) < 10_000_000


def test_where_cases_are_too_large_for_a_page_those_that_settled_lose_their_texts(monkeypatch):
    monkeypatch.setattr(page, "CASES_LIMIT", 12_000)
    run = measured.a_run({"rules": "rrrrrrrrrrrrrrrrrrrrw"})
    tree = parsed(report.html(report.Contents(reported.a_ladder(run))))
    assert "card" in first(tree, "#case-21 table.answers").text()
    assert "would be too large" in first(tree, "#case-20").text()


def test_sections_are_there_where_their_values_are():
    bare = parsed(report.html(report.Contents(reported.a_ladder())))
    full = parsed(full_page())
    for name in ("against", "holding", "calibration", "causes", "verdict"):
        assert not bare.css(f"#{name}")
        assert full.css(f"#{name}")
    for name in ("ladder", "cost", "risk", "causes", "ceiling"):
        chart = first(full, f"svg#chart-{name}")
        assert chart.attributes["role"] == "img"
        assert first(chart, "title").text()
        assert first(chart, "desc").text()


def test_a_comparison_is_decided_at_the_top():
    contents = reported.full()
    assert contents.against
    top = first(parsed(full_page()), "header a.badge[href='#against']")
    assert top.text() == ("worse" if contents.against.worse else "not worse beyond the noise")
    assert contents.against.words[0] in first(parsed(full_page()), "header").text()
    assert not parsed(report.html(report.Contents(reported.a_ladder()))).css("header a[href='#against']")


def test_a_held_calibration_says_what_proves_nothing_in_whole_sentences():
    contents = reported.full()
    assert contents.holding
    section = first(parsed(full_page()), "#holding")
    assert holding.SAME in section.text()
    assert holding.SAME in report.markdown(contents)
    for sentence in contents.holding.told:
        whole = sentence[0].upper() + sentence[1:] + "."
        assert whole in [item.text() for item in section.css("li")]
    unknown = dataclasses.replace(contents.holding, errors=intervals.share(0, 0), told=(holding.UNSEEN,))
    shown = first(parsed(report.html(dataclasses.replace(contents, holding=unknown))), "#holding .lead").text()
    assert shown.strip() == "not settled"


def test_every_assumption_is_shown_with_its_source_and_date():
    contents = reported.full()
    assert contents.verdict
    text = first(parsed(full_page()), "#verdict").text()
    for each in contents.verdict.assumptions:
        assert each.key in text
        assert each.source in text
        assert each.date in text
