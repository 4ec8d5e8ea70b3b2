"""How long the form of an answer takes that has a list of records, and how large it is.

python -m bench.review_form [RECORDS …]

The contract is that of the shipped task `order-parsing`: five fields a record, one of them an enum of six. Each form is
built, written, and read as it would be posted, ten times; the shortest time counts, in milliseconds of the processor.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from processor.core.contracts import contract
from processor.review import forms
from processor.review.web import templating
from processor.review.web.item import controls, descriptions

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 10
RECORDS = (5, 50, 500)
LINE = {"description": "Solva oven O4", "sku": "AL-7222", "quantity": "2", "unit": "piece", "note": None}
WRITTEN = '{% import "form.html.j2" as parts with context %}{{ parts.group(form) }}'


def shortest(run: Callable[[], Any]) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        run()
        taken.append(1000 * (time.process_time() - began))
    return min(taken)


def posted(field: forms.Field) -> dict[str, list[str]]:
    """The texts of all fields by their names."""
    found = {field.name: [field.value]}
    return found | {name: texts for each in field.fields for name, texts in posted(each).items()}


def main() -> None:
    """Print a line for each number of records."""
    path = Path(__file__).parent.parent / "schemas" / "order-parsing.avsc"
    shape = contract.parse(path.read_text(encoding="utf-8"), path.name).shape
    site: Any = SimpleNamespace(now=lambda: datetime.now(UTC))
    template = templating.environment(site, str, str).from_string(WRITTEN)

    def html(form: forms.Field) -> str:
        return template.render(form=form, controls=controls, descriptions=descriptions)

    print(f"{'records':>8}{'build ms':>10}{'write ms':>10}{'read ms':>10}{'bytes':>12}")
    for number in [int(each) for each in sys.argv[1:]] or RECORDS:
        answer = {"lines": [LINE] * number}
        form = forms.build(shape, answer)
        given = posted(form)
        times = [shortest(lambda: forms.build(shape, answer)), shortest(lambda: html(form))]  # noqa: B023 - run here
        times.append(shortest(lambda: forms.read(shape, given)))  # noqa: B023 - run here
        print(f"{number:>8}{times[0]:>10.1f}{times[1]:>10.1f}{times[2]:>10.1f}{len(html(form).encode()):>12,}")


if __name__ == "__main__":
    main()
