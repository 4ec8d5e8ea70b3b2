import json
import logging
import logging.config

import pytest

from processor.adapters import telemetry
from processor.core import routing
from processor.core.records import Reason, Result, Review
from tests import builders


@pytest.fixture(autouse=True)
def restored():
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_library_that_repeats_itself_is_heard_once_and_untuned_always(capsys: pytest.CaptureFixture[str]):
    logging.config.dictConfig(telemetry.logging_config("json", "info"))
    library, story = logging.getLogger("aiokafka.conn"), telemetry.Story(contents=False)
    for port in range(50):
        library.error("Unable connect to node with id %s", port)
        story.warn("wait")
    library.error("Something else")
    lines = capsys.readouterr().err.splitlines()
    assert sum("Unable connect" in line for line in lines) == 1
    assert sum('"wait"' in line for line in lines) == 50
    assert sum("Something else" in line for line in lines) == 1


@pytest.mark.parametrize("inclusion", [None, 0.25])
def test_the_story_of_a_result_says_with_which_probability_it_is_audited(
    inclusion: float | None, capsys: pytest.CaptureFixture[str]
):
    logging.config.dictConfig(telemetry.logging_config("json", "info"))
    work, task = builders.work(), builders.a_task()
    message = builders.message()
    audit = None if inclusion is None else Review(Reason.AUDIT, "it passed", message, work, inclusion=inclusion)
    result = Result(work, {}, (), routing.provenance(work, task), task.contract, audit=audit)
    telemetry.Story(contents=False).decided(message, result, 0.1)
    (line,) = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (line["event"], line.get("audit")) == ("result", inclusion)
