"""The report as Markdown: short, and what events say stays text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from processor.core import errors
from processor.measure import report
from processor.measure.ladder import told
from processor.measure.report.markdown import escaped
from tests import reported


def rendered(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_the_figures_are_those_of_the_ladder():
    contents = reported.full()
    tree = rendered(report.markdown(contents))
    cells = [cell.text() for cell in tree.css("td")]
    for figures in contents.ladder.rungs:
        assert told.percent(figures.failures) in cells
        assert told.percent(figures.silent) in cells


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>&|`*_~[]()!#@$\\/:-+=.1 \n\tawGH\u202e"), max_size=40))
def test_a_text_stays_one_cell_of_plain_text(text):
    tree = rendered(f"| a | b |\n|--|--|\n| {escaped(text)} | end |\n")
    assert len(tree.css("tbody tr")) == 1
    assert [cell.text() for cell in tree.css("tbody td")][1] == "end"
    assert {element.tag for element in tree.css("td *")} == set()


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>&|`*_~[]()!#@$\\/:-+=.1 \n\taw"), max_size=40))
def test_a_text_stays_one_item_of_plain_text(text):
    tree = rendered(f"- x {escaped(text)}\n- {escaped(text)}\n")
    assert len(tree.css("li")) == 2
    assert {element.tag for element in tree.css("li *")} == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@team", "@\u200bteam"),
        ("see #12 and GH-12", "see #\u200b12 and GH\u200b-12"),
        ("https://evil.example", "https:\u200b//evil.example"),
        ("www.evil.example", "www\u200b.evil.example"),
        ("costs $1 and $2", "costs &#36;1 and &#36;2"),
        ("a|b", "a\\|b"),
        ("two\nlines", "two lines"),
        ("1. not a list", "1\\. not a list"),
        ("13.3 %", "13.3 %"),
    ],
)
def test_nobody_is_called_and_nothing_becomes_a_link_or_a_formula(text, shown):
    assert escaped(text) == shown


def test_lists_of_cases_are_cut_short():
    text = report.markdown(reported.many(1000, 77))
    assert len(text) < 20_000
    assert "more flipped" not in text
    assert " more)" in text


def test_without_texts_no_answer_is_shown():
    shown = report.markdown(reported.full(texts=False))
    assert "asks for a card" not in shown
    assert "message-0001" in shown


def test_a_report_is_what_its_name_says(tmp_path):
    contents = reported.full()
    for name, text in (("r.html", report.html(contents)), ("r.MD", report.markdown(contents))):
        report.write(tmp_path / name, contents)
        assert (tmp_path / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["report.pdf", "report", "missing/report.html"])
def test_another_name_or_place_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(errors.UsageError) as raised:
        report.write(tmp_path / name, reported.full())
    assert "\n" not in str(raised.value)
