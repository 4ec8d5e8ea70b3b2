import pytest

from processor.core import definition, errors, models
from tests import builders


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('kind = "classification"', 'kind = "guessing"', 3, "kind: Input should be"),
        ("top_k = 2", "top_k = 0", 11, "retrieval.0.top_k"),
        ("alpha = 1.0", "alpah = 1.0", 16, "retrieval.1.alpah: unknown key; did you mean `alpha`"),
        ("max_tokens = 60", "max_tokens = -1", 20, "step.0.max_tokens"),
        ('prompt = "retry.md"', 'prompt = "../secret"', 23, "step.1.prompt"),
        ('required = ["text"]', "required = [", 8, "not TOML"),
        ('description = "Sort messages."', "", None, "description: Field required"),
        ("top_k = 2", 'name = "The prices"', 11, "retrieval.0.name"),
        ("top_k = 2", "neighbours = 11", 11, "retrieval.0.neighbours"),
        ("alpha = 1.0", 'files = ["a.csv"]', 13, "retrieval.1: `files` and `neighbours` are of documents"),
        ("[[step]]", "[[stpe]]", 18, "stpe: unknown key; did you mean `step`"),
    ],
)
def test_a_broken_definition_is_named_with_its_line(old: str, new: str, line: int | None, says: str):
    text = builders.DEFINITION.replace(old, new)
    assert text != builders.DEFINITION
    with pytest.raises(errors.DefinitionError, match=says) as caught:
        definition.parse(definition.Definition, text, "tasks/sort/task.toml")
    assert caught.value.line == line
    assert str(caught.value).startswith("tasks/sort/task.toml")


@pytest.mark.parametrize(
    ("names", "ladder"),
    [
        (("prompt.md",), ["prompt.md"]),
        (("prompt.md", "retry.md"), ["prompt.md", "retry.md"]),
        (
            ("retry.10.md", "prompt.md", "retry.2.md", "notes.md", "retry.md"),
            ["prompt.md", "retry.md", "retry.2.md", "retry.10.md"],
        ),
    ],
)
def test_the_default_ladder_is_prompt_then_the_retry_prompts_that_are_there(names: tuple[str, ...], ladder: list[str]):
    templates = dict.fromkeys(names, builders.RETRY) | {"prompt.md": builders.PROMPT}
    made = builders.a_task(definition='description = "x"\nkind = "routing"', templates=templates)
    assert [step.name for step in made.definition.step] == ladder


def test_a_retrieval_is_named_after_its_kind():
    parsed = definition.parse(definition.Definition, builders.DEFINITION, "t")
    assert [retrieval.name for retrieval in parsed.retrieval] == ["fact", "example"]


def test_no_steps_are_no_task():
    with pytest.raises(errors.DefinitionError, match="at least one"):
        definition.parse(definition.Definition, 'description = "x"\nkind = "routing"\nstep = []', "t")


def test_prices_are_exact_and_cached_tokens_default_to_the_full_price():
    text = '[prices."m"]\ninput = "0.15"\noutput = "0.6"\n[prices."n"]\ninput = "1"\noutput = "2"\ncached = "0.1"'
    prices = models.parse(text, "tasks/models.toml").prices
    assert str(prices["m"].cached) == "0.15"
    assert str(prices["n"].cached) == "0.1"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{{ input.text", r"task\.toml:15: unexpected end of template"),
        ("{{ inptu.text }}", r"task\.toml:15: unknown name `inptu`"),
    ],
)
def test_a_broken_query_is_told_with_its_line(query: str, says: str):
    text = builders.DEFINITION.replace('query = "{{ input.text }}"\nalpha', f'query = "{query}"\nalpha')
    with pytest.raises(errors.DefinitionError, match=says):
        builders.a_task(definition=text)
