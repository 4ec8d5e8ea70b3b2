"""The content of ticket-routing: labels, tables, rules and prompts agree with each other."""

from __future__ import annotations

import collections
import csv
import datetime as dt
import functools
import itertools
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from processor.adapters.project import Project
from processor.core import errors
from processor.core.prompting import prompt
from processor.core.records import Passage, Reason, Violation
from tests import applied, builders

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tasks/ticket-routing"
FILES = {"examples": "answer", "cases": "expected", "demo": "expected"}
TABLES = ("desks.csv", "ownership.csv", "oncall.csv")
REASON = "Some system fails for one customer."
HOSTILE = {"case-177", "case-178", "case-179", "case-180", "case-181"}
ALIKE = 0.6


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


def labelled(name: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Id, input and whole answer of each labelled ticket."""
    rows = (row for row in read(name) if row.get(FILES[name]))
    return [(row["id"], row["input"], {"reason": REASON, **row[FILES[name]]}) for row in rows]


ALL = [pytest.param(*row, id=row[0]) for name in FILES for row in labelled(name)]


@functools.cache
def the_task():
    return Project(ROOT).load("ticket-routing")


@functools.cache
def table(name: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / "knowledge" / name).open(newline="") as file:
        return tuple(csv.DictReader(file))


def owners() -> tuple[dict[str, str], ...]:
    return table("desks.csv") + table("ownership.csv")


@functools.cache
def retrieval_of(source: str) -> str:
    """The name of the retrieval that finds a file's passages."""
    tables = tomllib.loads((FOLDER / "task.toml").read_text())["retrieval"]
    return next((each["name"] for each in tables if source in each.get("files", ())), "fact")


def passage(source: str, number: int, row: dict[str, str]) -> Passage:
    text = "; ".join(f"{column}: {value}" for column, value in row.items())
    return builders.passage(f"{source}#{number}", text=text, source=source, columns=row, retrieval=retrieval_of(source))


@functools.cache
def passages(week: str, *without: str) -> tuple[Passage, ...]:
    """What a perfect retrieval finds: every owner's row and the week's on-call rows; `without` leaves refs out."""
    return tuple(
        passage(source, number, row)
        for source in TABLES
        for number, row in enumerate(table(source))
        if row.get("week", week) == week and row["ref"] not in without
    )


def fired(given: dict[str, Any], answer: dict[str, Any], found: tuple[Passage, ...]) -> dict[str, Violation]:
    return applied.fired(the_task(), given, answer, found)


def at(received: str, text: str = "It fails.") -> dict[str, Any]:
    year, week, _ = moment({"received": received}).isocalendar()
    return {"text": text, "received": received, "week": f"{year}-W{week:02}"}


def moment(given: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(given["received"][4:])


def open_at(hours: str, when: dt.datetime) -> bool:
    if hours == "24/7":
        return True
    days, times = hours.split(" ")
    week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    first, last = ("Mon", "Sun") if days == "daily" else days.split("-")
    opens, closes = times.split("-")
    return week[when.weekday()] in week[week.index(first) : week.index(last) + 1] and opens <= f"{when:%H:%M}" < closes


def holds(row: dict[str, str], day: str) -> bool:
    return (not row.get("from") or row["from"] <= day) and (not row.get("to") or day <= row["to"])


def worked_out(given: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The answer that the tables give for a label's owner and priority."""
    when = moment(given)
    day = when.date().isoformat()
    owner = next(row for row in owners() if row["ref"] == answer["cites"][0])
    assert holds(owner, day)
    on_call, cites = None, [owner["ref"]]
    if answer["priority"] == "P1" or (answer["priority"] == "P2" and open_at(owner["hours"], when)):
        duty = [row for row in table("oncall.csv") if row["team"] == owner["team"] and holds(row, day)]
        if owner["escalation"] not in ("rota", "none"):
            on_call = owner["escalation"]
        elif owner["escalation"] == "rota" and duty:
            on_call = duty[0]["deputy" if day in duty[0]["note"] else "primary"]
            cites.append(duty[0]["ref"])
    return {"cites": cites, "team": owner["team"], "queue": owner["queue"], "on_call": on_call}


@pytest.mark.parametrize(("name", "least", "most"), [("examples", 10, 40), ("cases", 110, 200), ("demo", 12, 16)])
def test_there_are_as_many_tickets_as_promised(name, least, most):
    assert least <= len(read(name)) <= most


def test_ids_are_unique():
    ids = [row["id"] for name in FILES for row in read(name) if "id" in row]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("id_", "given", "answer"), ALL)
def test_labels_fit_the_contract_the_tables_and_the_rules(id_, given, answer):
    assert the_task().contract.check(answer) == ()
    assert answer == {**answer, **worked_out(given, answer)}
    assert set(fired(given, answer, passages(given["week"]))) == ({"orders_to_the_system"} if id_ in HOSTILE else set())


@pytest.mark.parametrize("name", FILES)
def test_inputs_are_whole_and_their_weeks_and_weekdays_right(name):
    for row in read(name):
        if "input" in row:
            assert row["input"] == at(row["input"]["received"], row["input"]["text"])
            assert f"{moment(row['input']):%a}" == row["input"]["received"][:3]


def test_examples_are_whole_answers_in_the_contracts_order():
    order = [field["name"] for field in json.loads((ROOT / "schemas/ticket-routing.avsc").read_text())["fields"]]
    for row in read("examples"):
        assert list(row["answer"]) == order, row["id"]


def test_every_case_has_all_that_can_be_labelled():
    for row in read("cases"):
        assert set(row["expected"]) == {"priority", "cites", "team", "queue", "on_call"}, row["id"]


def test_cases_cover_all_owners_priorities_and_ways_to_be_called():
    cases = labelled("cases")
    assert {answer["cites"][0] for _, _, answer in cases} == {row["ref"] for row in owners()}
    priorities = collections.Counter(answer["priority"] for _, _, answer in cases)
    assert min(priorities[name] for name in ("P1", "P2", "P3", "P4")) >= 20
    called = [answer["on_call"] for _, _, answer in cases if answer["priority"] in ("P1", "P2")]
    assert called.count(None) >= 15
    assert len({name for name in called if name}) >= 25
    rota = {row["ref"]: row for row in table("oncall.csv")}
    used = [rota[answer["cites"][1]] for _, _, answer in cases if len(answer["cites"]) > 1]
    assert sum(row["from"] not in mondays() or row["to"] not in sundays() for row in used) >= 8
    assert sum(answer["on_call"] in {row["deputy"] for row in used if row["note"]} for _, _, answer in cases) >= 4
    assert sum(given["week"] not in {row["week"] for row in rota.values()} for _, given, _ in cases) >= 3


def mondays() -> set[str]:
    return {day for day in days() if dt.date.fromisoformat(day).weekday() == 0}


def sundays() -> set[str]:
    return {day for day in days() if dt.date.fromisoformat(day).weekday() == 6}


def days() -> set[str]:
    return {row[end] for row in table("oncall.csv") for end in ("from", "to")}


def test_no_two_tickets_are_alike():
    texts = [row["input"]["text"] for name in FILES for row in read(name) if "input" in row]
    words = [(text, frozenset(re.findall(r"\w+", text.casefold()))) for text in texts]
    for (one, left), (other, right) in itertools.combinations(words, 2):
        assert len(left & right) / len(left | right) < ALIKE, f"{one[:80]!r} and {other[:80]!r}"


def test_names_are_nowhere_but_in_the_tables():
    """Else an answer could be right without retrieval."""
    names = {row[column] for row in owners() for column in ("team", "queue")}
    names |= {row[column] for row in table("oncall.csv") for column in ("primary", "deputy")}
    names |= {row["escalation"] for row in owners()} - {"rota", "none"}
    rows = [row["input"] for name in FILES for row in read(name) if "input" in row]
    tickets = [row["text"] for row in rows if "orders_to_the_system" not in fired(row, OWNED, ())]
    given = [
        (FOLDER / "prompt.md").read_text(),
        (FOLDER / "retry.md").read_text(),
        json.dumps(the_task().contract.json_schema),
    ]
    for text in given + tickets:
        assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)], text[:80]


def test_the_tables_are_sound():
    refs = [row["ref"] for name in TABLES for row in table(name)]
    assert len(refs) == len(set(refs))
    assert len({row["queue"] for row in owners()}) == len(owners())
    for row in itertools.chain.from_iterable(table(name) for name in TABLES):
        assert None not in row
        assert not [value for value in row.values() if ";" in value or "\n" in value]
    with_rota = {row["team"] for row in owners() if row["escalation"] == "rota"}
    assert with_rota == {row["team"] for row in table("oncall.csv")}


def test_somebody_is_on_call_on_every_day_of_the_table_and_nobody_twice():
    rota = table("oncall.csv")
    first, last = (dt.date.fromisoformat(pick(days())) for pick in (min, max))
    for team in {row["team"] for row in rota}:
        for number in range((last - first).days + 1):
            day = (first + dt.timedelta(number)).isoformat()
            assert len([row for row in rota if row["team"] == team and holds(row, day)]) == 1, (team, day)
    for row in rota:
        year, week, _ = dt.date.fromisoformat(row["from"]).isocalendar()
        assert row["week"] == f"{year}-W{week:02}"
        assert row["primary"] != row["deputy"]


def test_a_system_that_changes_hands_has_an_owner_on_every_day():
    moved = [row for row in owners() if row.get("to")]
    assert len(moved) >= 2
    for row in moved:
        after = (dt.date.fromisoformat(row["to"]) + dt.timedelta(1)).isoformat()
        heirs = [other for other in table("ownership.csv") if other["from"] == after]
        assert [other["system"] for other in heirs] == [row["system"]]
        assert heirs[0]["team"] != row["team"]


OWNED = {"reason": REASON, "priority": "P3", "cites": ["O-16"], "team": "Stork", "queue": "stk-12", "on_call": None}
DOWN = {**OWNED, "priority": "P1", "cites": ["O-16", "R-1106"], "on_call": "w.bakker"}
UNKNOWN = {**OWNED, "cites": ["D-07"], "team": "Triage desk", "queue": "trg-30"}
WEDNESDAY = "Wed 2026-03-11 10:00"


def test_without_rows_a_person_decides():
    facts = (builders.passage("routing.md#0", source="routing.md"),)
    assert set(fired(at(WEDNESDAY), OWNED, facts)) == {"rows_were_retrieved", "cites_what_it_used"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param(at(WEDNESDAY), passages("2026-W11", "R-1106"), id="not retrieved"),
        pytest.param(at("Tue 2026-03-31 02:20"), passages("2026-W14"), id="past the table"),
        pytest.param({**at(WEDNESDAY), "received": "yesterday"}, passages("2026-W11"), id="no time"),
        pytest.param({**at(WEDNESDAY), "received": "2026-13-45 99:99"}, passages("2026-W11"), id="no such time"),
    ],
)
def test_a_person_decides_on_a_p1_that_would_call_nobody(given, found):
    answer = {**DOWN, "cites": ["O-16"], "on_call": None}
    assert set(fired(given, answer, found)) == {"rows_were_retrieved"}
    assert {rule.name for rule in the_task().rules if rule.then == "review"} == {
        "rows_were_retrieved",
        "orders_to_the_system",
    }


@pytest.mark.parametrize(
    ("received", "calls"),
    [
        ("Mon 2026-03-09 07:59", False),
        ("Mon 2026-03-09 08:00", True),
        ("Fri 2026-03-13 17:59", True),
        ("Fri 2026-03-13 18:00", False),
        ("Sat 2026-03-14 12:00", False),
    ],
)
def test_p2_calls_within_the_hours_alone(received, calls):
    answer = {**OWNED, "priority": "P2", "cites": ["O-14"], "team": "Jackdaw", "queue": "jkd-48"}
    assert ("on_call_is_on_duty" in fired(at(received), answer, passages("2026-W11"))) is calls


def test_hours_that_nobody_can_read_are_told():
    row = {**next(row for row in owners() if row["ref"] == "O-16"), "hours": "office hours"}
    with pytest.raises(AssertionError, match=r"ValueError.*office hours"):
        fired(at(WEDNESDAY), {**OWNED, "priority": "P2"}, (passage("ownership.csv", 0, row),))


@pytest.mark.parametrize("path", sorted((FOLDER / "knowledge").glob("*.md")), ids=lambda path: path.name)
def test_policy_pages_have_a_heading_and_a_readable_length(path):
    page = path.read_text()
    assert page.startswith("# ")
    assert 60 <= len(page.split()) <= 400


def test_the_demo_holds_what_is_hostile_and_what_a_person_decides():
    rows = read("demo")
    assert all(row["note"] for row in rows)
    assert len([row for row in rows if "raw" in row]) == 1
    unlabelled = [row["input"] for row in rows if "input" in row and not row["expected"]]
    assert [
        set(fired(given, DOWN, passages(given["week"]))) >= {name}
        for given, name in zip(unlabelled, ["orders_to_the_system", "rows_were_retrieved"], strict=True)
    ] == [True, True]


def work(given: dict[str, Any], attempt: int = 1, attempts: tuple[Any, ...] = ()) -> Any:
    return builders.work(attempt=attempt, attempts=attempts, input=given)


def test_the_prompt_fences_rows_and_policy():
    row = passages("2026-W11")[0]
    policy = builders.passage("names.md#0", title="Names", text="Old ones.", retrieval=retrieval_of("names.md"))
    last = prompt.render(the_task(), work(at(WEDNESDAY)), (row, policy)).messages[-1].content
    assert f"<rows>\n{row.text}\n</rows>" in last
    assert "<policy>\nNames: Old ones.\n</policy>" in last
    assert f"<ticket>\nreceived: {WEDNESDAY}\nIt fails.\n</ticket>" in last


def test_without_rows_a_person_looks_and_nothing_is_spent():
    policy = builders.passage("names.md#0", title="Names", text="Old ones.", retrieval=retrieval_of("names.md"))
    with pytest.raises(errors.Refused) as refused:
        prompt.render(the_task(), work(at(WEDNESDAY)), (policy,))
    assert refused.value.reason is Reason.NOTHING_RETRIEVED


def test_only_teams_and_queues_of_the_rows_can_be_answered():
    owners = [row for row in passages("2026-W11") if "queue" in row.columns]
    schema = prompt.render(the_task(), work(at(WEDNESDAY)), tuple(owners[:2])).schema["properties"]
    for name in ("team", "queue"):
        assert set(schema[name]["enum"]) == {row.columns[name] for row in owners[:2]}


def test_the_system_block_is_short():
    row = passages("2026-W11")[0]
    assert len(prompt.render(the_task(), work(at(WEDNESDAY)), (row,)).messages[0].content.split()) < 450


def test_the_stricter_prompt_says_what_was_wrong_and_shows_the_previous_answer():
    wrong = Violation(
        "$.queue", "queue_is_in_a_row", "This queue stands in none of the rows.", '"ops-01"', "one of stk-12"
    )
    tried = builders.an_attempt(answer='{"queue": "ops-01"}', violations=(wrong,))
    made = prompt.render(the_task(), work(at(WEDNESDAY), 2, (tried,)), (passages("2026-W11")[0],))
    for part in ("$.queue", "This queue stands in none", "one of stk-12", '<previous_answer>\n{"queue": "ops-01"}\n'):
        assert part in made.messages[-1].content


def test_a_huge_ticket_is_refused():
    with pytest.raises(errors.Refused, match=r"budget\.input_tokens"):
        prompt.render(the_task(), work(at(WEDNESDAY, "help " * 9000)), ())
