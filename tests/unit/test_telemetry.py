import logging
import logging.config

import pytest

from processor.adapters import telemetry


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
