"""The rungs of a task: what each leaves out, and that nothing of a higher one leaks into a lower one."""

from __future__ import annotations

from pathlib import Path

import pytest

from processor.adapters import project
from processor.checking import labelled
from processor.core.definition import Accept
from processor.core.lookup import query
from processor.core.prompting import prompt
from processor.core.records import Event, Violation
from processor.core.rules import Rule
from processor.measure.records import Case
from processor.measure.running import rungs, session
from processor.pipeline import find_passages
from processor.scaffold import make
from tests import builders

ROOT = Path(__file__).parents[4]
SHIPPED = ("invoice-extraction", "order-parsing", "ticket-routing", "ticket-triage")

NARROWED = builders.DEFINITION.replace(
    'prompt = "prompt.md"', 'prompt = "prompt.md"\nfield = "$.category"\naccept = { agreement = 3, confidence = 0.9 }'
)
NARROWED += '[narrow]\n"$.category" = { from = "example", answer = "$.category", fallback = "review" }\n'


def always(event, answer, passages):
    return Violation("$", "always", "Never right.")


def the(task, rung):
    made = rungs.variant(task, rung)
    assert made is not None
    return made


@pytest.fixture
def task():
    return builders.a_task(Rule("always", always, "violation", "retry", 1.0, ""), definition=NARROWED)


def test_the_prompt_is_the_first_model_step_and_nothing_else(task):
    made = the(task, "prompt")
    (step,) = made.definition.step
    assert (step.prompt, step.accept, step.field) == ("prompt.md", Accept(), None)
    assert (made.rules, made.definition.narrow) == ((), {})
    assert not any(map(query.answerable, query.build(made, builders.event(), "p")))


def test_retrieval_is_the_same_step_narrowed_where_something_is_found(task):
    made = the(task, "retrieval")
    (step,) = made.definition.step
    assert (step.prompt, step.accept, made.rules) == ("prompt.md", Accept(), ())
    assert made.definition.narrow["$.category"].fallback == "all"
    assert all(map(query.answerable, query.build(made, builders.event(), "p")))
    found = (builders.passage("a", "example"),)
    assert prompt.render(made, builders.work(), found).schema["properties"]["category"]["enum"] == ["card"]
    assert prompt.render(made, builders.work(), ()).schema["properties"]["category"]["enum"] == ["card", "refund"]


def test_a_call_of_the_retrieval_rung_is_the_one_that_the_task_makes(task):
    found = (builders.passage("a", "example"),)
    one, other = (prompt.render(each, builders.work(), found) for each in (the(task, "retrieval"), task))
    assert one == other
    assert one.logprobs  # as the confidence of the task's own step wants them


def test_rules_is_the_task_itself(task):
    assert rungs.variant(task, "rules") is task


def test_a_vote_takes_whatever_most_examples_say(task):
    made = the(task, "vote")
    (step,) = made.definition.step
    assert (step.kind, step.field, step.accept.agreement) == ("neighbours", "$.category", 1)
    assert [table.kind for table in made.definition.retrieval] == ["example"]
    assert len(made.queries) == len(made.filters) == 1
    assert (made.rules, made.definition.narrow) == ((), {})


@pytest.mark.parametrize("rung", ["vote", "prompt", "retrieval", "rules"])
def test_a_variant_of_a_variant_is_the_same(task, rung):
    made = the(task, rung)
    assert rungs.variant(made, rung) == made


def test_a_task_may_lack_rungs():
    plain = builders.DEFINITION.partition("[[retrieval]]")[0]
    voting = '\n[[step]]\nkind = "neighbours"\nfield = "$.category"\naccept = { agreement = 2 }\n'
    without = builders.a_task(definition=plain + '[[step]]\nprompt = "prompt.md"\n')
    assert [rungs.variant(without, rung) is None for rung in ("vote", "prompt", "retrieval")] == [True, False, True]
    examples = '[[retrieval]]\nkind = "example"\nquery = "{{ input.text }}"\n'
    alone = builders.a_task(definition=plain + examples + voting)
    assert [rungs.variant(alone, rung) is None for rung in ("vote", "prompt", "retrieval")] == [False, True, True]
    open_ended = builders.SCHEMA.replace(
        '{"type": "enum", "name": "Category", "symbols": ["card", "refund"]}', '"string"'
    )
    assert rungs.variant(builders.a_task(schema=open_ended), "vote") is None


def test_people_are_not_run(task):
    with pytest.raises(ValueError, match="computed"):
        rungs.variant(task, "people")


async def nothing(queries):
    assert not any(map(query.answerable, queries))
    return ()


async def prompts_without_passages(task, root):
    """The prompts of all labelled messages of a task on its lowest rung."""
    made = the(task, "prompt")
    for each in labelled.read(root, task.name):
        event = Event(each.id, task.name, each.input, attributes=each.attributes)
        work = session.first(Case(event, each.answer, each.path))
        yield prompt.render(made, work, await find_passages(made, work, nothing, "p"))


@pytest.mark.parametrize("name", SHIPPED)
async def test_the_shipped_tasks_have_prompts_without_passages(name):
    task = project.Project(ROOT).load(name)
    made = [each async for each in prompts_without_passages(task, ROOT)]
    assert len(made) > 50
    assert not any(each.passages or each.cut for each in made)
    assert (rungs.variant(task, "vote") is None) == (name == "order-parsing")  # its answers have no class


@pytest.mark.parametrize("kind", make.KINDS)
async def test_so_do_new_tasks(kind, tmp_path: Path):
    make.project(tmp_path)
    make.task(tmp_path, "new", kind)
    made = [each async for each in prompts_without_passages(project.Project(tmp_path).load("new"), tmp_path)]
    assert made
