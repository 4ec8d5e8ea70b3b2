from __future__ import annotations

import io

from processor.local import display
from processor.local.progress import Step


def plain(*steps: Step) -> list[str]:
    stream = io.StringIO()
    with display.shown(stream) as report:
        for step in steps:
            report(step)
    return stream.getvalue().splitlines()


def test_without_a_terminal_a_new_step_is_a_line():
    assert plain(
        Step("kafka", "fetching", 0.1, 0, 56_000_000),
        Step("kafka", "fetching", 0.5, 30_000_000, 56_000_000),
        Step("chat", "starting", 0.5),
        Step("kafka", "ready at 127.0.0.1:9092", 3.0, state="ready"),
    ) == [
        "   0.1 s  kafka: fetching (0 of 56 MB)",
        "   0.5 s  chat: starting",
        "   3.0 s  kafka: ready at 127.0.0.1:9092",
    ]


def test_a_long_step_is_told_again_now_and_then():
    steps = [Step("weaviate", "building", float(second), second, None, "packages") for second in range(25)]
    assert plain(*steps) == [
        "   0.0 s  weaviate: building (0 packages)",
        "  10.0 s  weaviate: building (10 packages)",
        "  20.0 s  weaviate: building (20 packages)",
    ]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_every_server_has_a_line_with_its_last_step():
    screen = Terminal()
    with display.shown(screen) as report:
        report(Step("kafka", "fetching [bold]jars[/bold]", 0.1, 1_000_000, 56_000_000))
        report(Step("chat", "starting", 0.5))
        report(Step("kafka", "ready", 3.0, state="ready"))
        report(Step("chat", "failed", 3.0, state="failed"))
    last = screen.getvalue().rsplit("kafka", 1)[1]
    assert "ready" in last
    assert "chat" in last
    assert "failed" in last
