import jinja2
import pytest

from processor.core import errors
from processor.core.prompting import templates


def build(name: str = "prompt.md", **sources: str) -> templates.BlockTemplate:
    files = {f"{key}.md": text for key, text in sources.items()}
    return templates.BlockTemplate(templates.environment(files), "tasks/sort", name)


GOOD = "{% block system %}Sort.{% endblock %}{% block input %}{{ input.text }}{% endblock %}"


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("{% block system %}Sort.{% endblock %}", None, "block `input` is missing"),
        ("{% block system %}{% endblock %}\n{% block input %}{{ inptu }}{% endblock %}", 2, "unknown name `inptu`"),
        ("{% block system %}\n{{ input.text }}{% endblock %}{% block input %}{% endblock %}", 2, "never changes"),
        ("{% block system %}\n{% if %}{% endblock %}", 2, "Expected an expression"),
        ("{% block system %}{{ 'a' | nofilter }}{% endblock %}{% block input %}{% endblock %}", 1, "nofilter"),
        (GOOD + "\n\nBe brief.", 3, "outside of every block"),
        ("{{ input.text }}\n" + GOOD, 1, "outside of every block"),
        ("{% set a = 1 %}" + GOOD, 1, "outside of every block"),
        (GOOD + "\n{% block corection %}{% endblock %}", 2, "unknown block `corection`; known: system"),
        ("{% block system %}\n{% block tone %}{% endblock %}{% endblock %}", 2, "unknown block `tone`"),
        ("{% extends input %}\n" + GOOD, 1, "plain file name"),
        ("{% extends 'missing.md' %}", None, "does not exist"),
        ("{% extends 'prompt.md' %}" + GOOD, None, "circle"),
    ],
)
def test_a_broken_prompt_is_named_with_its_line(source: str, line: int | None, says: str):
    with pytest.raises(errors.DefinitionError, match=says) as caught:
        build(prompt=source)
    assert caught.value.line == line


def test_comments_and_blank_lines_may_stand_between_blocks():
    spaced = GOOD.replace("{% block input", "\n\n{# what came #}\n {% block input")
    assert build(prompt=spaced).render("system", {}) == "Sort."


def test_a_template_may_override_a_block_and_use_the_one_below():
    retry = "{% extends 'prompt.md' %}{% block system %}{{ super() }} Strictly.{% endblock %}"
    template = build("retry.md", prompt=GOOD, retry=retry)
    assert template.render("system", {}) == "Sort. Strictly."
    assert template.render("input", {"input": {"text": "hi"}}) == "hi"
    assert template.render("correction", {}) == ""


def test_a_missing_field_is_an_error_and_not_an_empty_string():
    with pytest.raises(jinja2.UndefinedError):
        build(prompt=GOOD).render("input", {"input": {}})


def test_the_sandbox_refuses_to_reach_into_python():
    hostile = GOOD + "{% block correction %}{{ input.__class__.__mro__ }}{% endblock %}"
    with pytest.raises(jinja2.TemplateError):
        build(prompt=hostile).render("correction", {"input": {}})


def test_a_field_called_like_a_method_is_the_field():
    given = {"items": "two pens", "values": {"copy": 3}}
    template = build(prompt=GOOD.replace("input.text", "input.items ~ input.values.copy"))
    assert template.render("input", {"input": given}) == "two pens3"
    env = templates.environment({})
    assert templates.query_template(env, "task.toml", "{{ input.items }}", None).render(input=given) == "two pens"
    assert env.from_string("{% for key, _ in input.items() %}{{ key }}{% endfor %}").render(input={"a": 1}) == "a"
