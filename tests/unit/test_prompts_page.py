"""The templates of docs/prompts.md work as they stand there."""

import re
from pathlib import Path

from processor.core.prompting import prompt
from tests import builders

PAGE = Path(__file__).parents[2] / "docs" / "prompts.md"


def test_the_pages_templates_render():
    first, second = re.findall(r"^```jinja\n(.*?)^```", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)
    task = builders.a_task(templates={"prompt.md": first, "retry.md": second})
    tried = builders.an_attempt(answer='{"category": "bank"}')
    made = prompt.render(task, builders.work(attempt=2, attempts=(tried,)), (builders.passage("f1"),))
    assert made.messages[0].content.startswith("You sort the messages")
    said = made.messages[-1].content
    assert "<handbook>\n: Cards take a week.\n</handbook>" in said
    assert '<previous_answer>\n{"category": "bank"}\n</previous_answer>' in said
    assert "- $.category: Not a known category." in said
