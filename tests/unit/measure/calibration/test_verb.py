"""`untuned calibrate`, over fakes: what is printed, what is written, and what is left alone."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from processor.adapters import project
from processor.measure.running import session
from tests import builders, projects, sessions, verbs

if TYPE_CHECKING:
    from pathlib import Path

    from processor.core.records import Prompt

SURE, UNSURE = 0.95, 0.4
WRITTEN = "# Mine.\n" + builders.DEFINITION


def scripted(prompt: Prompt) -> Any:
    """Right and sure of most messages; wrong and unsure of the odd ones."""
    odd = "odd" in prompt.messages[-1].content
    return builders.completion(sessions.WRONG if odd else sessions.RIGHT, confidence=UNSURE if odd else SURE)


def cases(number: int) -> str:
    """Every fifth is odd."""
    texts = [f"{'odd' if count % 5 == 0 else 'plain'} message {count}" for count in range(number)]
    return projects.lines(
        {"id": f"c{count}", "input": {"text": text}, "expected": {"category": "card"}}
        for count, text in enumerate(texts)
    )


class Bench:
    """A project, and the verb on it."""

    def __init__(self, root: Path, number: int) -> None:
        self.root = projects.make(root / "project", task__toml=WRITTEN, cases__jsonl=cases(number))
        self.path = self.root / "tasks/sort/task.toml"
        self.given = {
            "UNTUNED_PROJECT": str(self.root),
            "XDG_STATE_HOME": str(root / "state"),
            "OPENAI_MODEL": "tiny",
            "UNTUNED_CONCURRENCY": "4",
            "COLUMNS": "200",
        }

    def run(self, *arguments: str) -> verbs.Finished:
        return verbs.run(self.given, "calibrate", "sort", *arguments)


@pytest.fixture
def servers() -> sessions.Servers:
    return sessions.Servers(sessions.Model(scripted))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: sessions.Servers) -> Any:
    wired = functools.partial(session.Session, connect=servers.connect, sleep=sessions.no_sleep)
    monkeypatch.setattr(session, "Session", wired)
    return functools.partial(Bench, tmp_path)


def test_thresholds_and_the_promise_are_written(made: Any):
    bench = made(160)
    ended = bench.run("--max-error", "0.05", "--yes", "--json")
    assert ended.code == 0, ended.err
    (found,) = ended.json
    assert found["written"]
    assert found["chosen"]["errors"]["count"] == 0
    assert 0.7 < found["chosen"]["coverage"]["share"] < 0.9
    assert found["without"]["coverage"]["share"] == 1.0
    assert found["without"]["errors"]["share"] > 0.1
    assert "At most 5 % of the answers" in found["guarantee"]
    assert found["costs"]["unpriced"] == ["tiny"]
    text = bench.path.read_text()
    assert text.startswith("# Mine.\n")
    tables = tomllib.loads(text)
    assert UNSURE < tables["step"][0]["accept"]["confidence"] <= SURE
    assert tables["calibration"]["of"] == found["of"]
    assert tables["calibration"]["models"] == ["tiny"]
    assert tables["calibration"]["classes"] == {"card": 160}
    assert (found["n"], found["chosen_on"]) == (tables["calibration"]["n"], 160 - found["n"])
    task = project.Project(bench.root).load("sort")
    assert task.calibration is not None
    assert not list(bench.path.parent.glob(".*"))


@pytest.mark.parametrize("path", ["tasks/sort/prompt.md", "tasks/sort/task.toml"])
def test_a_task_that_was_changed_meanwhile_is_not_promised_anything(made: Any, servers: sessions.Servers, path: str):
    bench = made(160)
    changed = (bench.root / path).read_text() + "\n"

    def changing(prompt: Prompt) -> Any:
        (bench.root / path).write_text(changed)
        return scripted(prompt)

    servers.model.answer = changing
    ended = bench.run("--max-error", "0.05", "--yes")
    assert ended.code == 1
    assert "was changed while it was calibrated" in ended.err
    assert (bench.root / path).read_text() == changed
    assert "[calibration]" not in bench.path.read_text()


def test_cases_that_were_left_out_and_unlike_chances_are_told(made: Any):
    bench = made(160)
    rows = [json.loads(line) for line in cases(160).splitlines()]
    rows.append({**rows[0], "id": "again"})
    for number, row in enumerate(rows):
        row["inclusion"] = 1.0 if number % 2 else 0.5
    (bench.path.parent / "cases.jsonl").write_text(projects.lines(rows))
    page = bench.root / "curve.html"
    ended = bench.run("--max-error", "0.05", "--dry-run", "--report", str(page))
    assert ended.code == 0, ended.err
    assert "1 duplicate" in page.read_text()
    assert "Left out before anything was asked: 1 duplicate" in ended.out
    assert "labelled with different probabilities" in ended.out
    (taken,) = re.findall(r"(\d+) of 160 are taken by a draw, so that each event had the same chance", ended.out)
    assert 100 < int(taken) < 140


def test_a_table_says_it_in_words(made: Any):
    bench = made(160)
    ended = bench.run("--max-error", "0.05", "--dry-run")
    assert ended.code == 0, ended.err
    for words in ("chosen", "as it is now", "without thresholds", "At most 5 % of", "95 % confidence", "nothing was"):
        assert words in ended.out
    assert "without people, at $" in ended.out
    assert "price is not in models.toml: tiny" in ended.out
    assert bench.path.read_text() == WRITTEN


def test_a_report_has_the_curve(made: Any, tmp_path: Path):
    bench = made(160)
    page, comment = tmp_path / "curve.html", tmp_path / "curve.md"
    ended = bench.run("--max-error", "0.05", "--dry-run", "--report", str(page), "--json")
    assert ended.code == 0, ended.err
    assert f"report: {page}" in ended.err
    (found,) = ended.json
    tree = LexborHTMLParser(page.read_text())
    assert tree.css_first("#calibration svg") is not None
    assert len(tree.css("#curve tbody tr")) == len(found["curve"])
    assert "message 1" not in page.read_text()
    assert bench.run("--max-error", "0.05", "--dry-run", "--report", str(comment)).code == 0
    assert "At most 5 % of the answers" in comment.read_text()
    assert comment.read_text().count("| chosen |") == 1


def test_a_report_that_cannot_be_written_is_told_before_anything_is_asked(made: Any, tmp_path: Path):
    bench = made(5)
    for name, said in (("curve.pdf", "*.html"), ("nowhere/curve.html", "nowhere is no folder")):
        ended = bench.run("--max-error", "0.05", "--dry-run", "--report", str(tmp_path / name))
        assert (ended.code, said in ended.err) == (2, True), ended.err


def test_too_few_cases_say_how_many_more(made: Any):
    bench = made(20)
    ended = bench.run("--max-error", "0.03", "--yes")
    assert ended.code == 1
    assert "not possible with these cases: label " in ended.out
    assert bench.path.read_text() == WRITTEN
    (found,) = bench.run("--max-error", "0.03", "--yes", "--json").json
    assert (found["chosen"], found["written"], found["guarantee"]) == (None, False, "")
    assert found["more"] > 50


def test_what_ended_before_a_case_was_done_is_no_finding(made: Any):
    ended = made(20).run("--max-error", "0.03", "--max-tokens", "1", "--concurrency", "1", "--dry-run")
    assert ended.code == 1
    assert "no case was asked to its end: 110 tokens are spent" in ended.err


PRICES = '[prices."tiny"]\ninput = "1000"\noutput = "1000"\n'


def test_so_many_dollars_and_no_more_are_spent(made: Any, servers: sessions.Servers):
    bench = made(20)
    (bench.root / "tasks/models.toml").write_text(PRICES)
    ended = bench.run("--max-error", "0.03", "--max-usd", "1.5", "--concurrency", "1", "--dry-run")
    assert "Not all cases were asked" in ended.out
    # A call is 110 tokens, 0.11 US dollars.
    assert len(servers.model.prompts) == 14


def test_dollars_without_a_price_are_refused_before_anything_is_asked(made: Any, servers: sessions.Servers):
    ended = made(20).run("--max-error", "0.03", "--max-usd", "0.5", "--dry-run")
    assert (ended.code, "--max-usd needs the price of tiny" in ended.err) == (2, True)
    assert not servers.model.prompts


def test_a_sample_is_drawn_where_fewer_are_wanted(made: Any):
    (found,) = made(60).run("--max-error", "0.03", "--max-cases", "12", "--dry-run", "--json").json
    assert (found["n"] + found["chosen_on"], found["left_out"]) == (12, 48)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--max-error", "0.03"], "without a terminal nobody can be asked"),
        (["--max-error", "0", "--dry-run"], "--max-error"),
        (["--max-error", "1.5", "--dry-run"], "--max-error"),
        (["--dry-run"], "--max-error"),
        (["--max-error", "0.1", "--confidence", "1", "--dry-run"], "--confidence"),
        (["--max-error", "0.1", "--max-usd", "0", "--dry-run"], "--max-usd"),
        (["--max-error", "0.1", "--cases", "nowhere.jsonl", "--dry-run"], "nowhere.jsonl"),
    ],
)
def test_a_wrong_call_is_told(made: Any, arguments: list[str], says: str):
    ended = made(5).run(*arguments)
    assert (ended.code, says in ended.err) == (2, True)
    assert json.dumps(ended.out) == '""'


def test_measure_says_when_the_promise_no_longer_holds(made: Any, tmp_path: Path):
    bench = made(160)
    assert bench.run("--max-error", "0.05", "--yes").code == 0
    newer = tmp_path / "newer.jsonl"
    label = {"category": "refund"}  # what was a card is a refund now, and the model does not know
    newer.write_text(
        projects.lines({"id": f"n{n}", "input": {"text": f"plain {n}"}, "expected": label} for n in range(12))
    )

    ended = verbs.run(bench.given, "measure", "sort", "--rungs", "rules", "--cases", str(newer))
    assert "Calibration: the promise no longer holds: 12 of 12 accepted answers are wrong" in ended.out
    assert "Calibration: the mix of labels changed" in ended.out

    shown = tmp_path / "shown.md"
    ended = verbs.run(bench.given, "measure", "sort", "--rungs", "rules", "--cases", str(newer), "--report", str(shown))
    assert "The promise no longer holds: 12 of 12 accepted answers are wrong" in shown.read_text()

    bench.path.write_text(bench.path.read_text().replace("max_tokens = 60", "max_tokens = 61"))
    (found,) = verbs.run(bench.given, "measure", "sort", "--rungs", "rules", "--cases", str(newer), "--json").json
    assert found["calibration"]["holds"] is False
    assert "untuned calibrate sort" in found["calibration"]["outgrown"]


def test_a_task_without_a_calibration_is_measured_without_a_word_of_it(made: Any):
    ended = verbs.run(made(4).given, "measure", "sort", "--rungs", "rules", "--json")
    assert "calibration" not in ended.json[0]
