import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from processor.adapters import rule_modules
from processor.adapters.project import Project
from processor.core import errors
from tests import builders


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "tasks/sort/task.toml": builders.DEFINITION,
        "tasks/sort/prompt.md": builders.PROMPT,
        "tasks/sort/retry.md": builders.RETRY,
        "schemas/sort.avsc": builders.SCHEMA,
        "rules/common.py": "LIMIT = 3\n",
        "rules/sort.py": (
            "from processor.core.rules import rule, violation\n"
            "from . import common\n\n"
            "@rule\n"
            "def short(event, answer, passages):\n"
            "    return violation('$', 'short') if len(answer['reason']) < common.LIMIT else None\n"
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_project_is_read_into_tasks(root: Path):
    tasks = Project(root).load_all()
    assert list(tasks) == ["sort"]
    assert [rule.name for rule in tasks["sort"].rules] == ["short"]


@pytest.mark.parametrize(
    "changed",
    ["tasks/sort/task.toml", "tasks/sort/retry.md", "schemas/sort.avsc", "rules/sort.py", "rules/common.py"],
)
def test_the_version_tells_of_every_change(root: Path, changed: str):
    before = Project(root).load("sort").version
    assert Project(root).load("sort").version == before
    path = root / changed
    path.write_text(path.read_text() + "\n")
    assert Project(root).load("sort").version != before


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("rules/sort.py", "def broken(:\n", r"rules/sort.py:1: not Python"),
        ("rules/sort.py", "\n\n1 / 0\n", r"rules/sort.py:3: ZeroDivisionError"),
        ("rules/sort.py", "import nowhere_to_be_found\n", r"rules/sort.py:1: ModuleNotFoundError"),
        ("rules/sort.py", "import sys\nsys.exit()\n", r"rules/sort.py:2: SystemExit"),
        ("rules/sort.py", "from . import nowhere\n", r"rules/sort.py:1: ImportError"),
        ("rules/common.py", "def broken(:\n", r"rules/common.py:1: not Python"),
        ("rules/common.py", "\n1 / 0\n", r"rules/common.py:2: ZeroDivisionError"),
        ("schemas/sort.avsc", "{", r"schemas/sort.avsc"),
        ("tasks/sort/prompt.md", "{% block system %}", r"tasks/sort/prompt.md"),
        ("tasks/models.toml", "[prices.x]\ninput = 'much'", r"tasks/models.toml"),
    ],
)
def test_a_broken_file_is_named(root: Path, path: str, text: str, says: str):
    (root / path).write_text(text)
    with pytest.raises(errors.DefinitionError, match=says):
        Project(root).load_all()


@pytest.mark.parametrize("missing", ["tasks/sort/prompt.md", "tasks/sort/retry.md", "schemas/sort.avsc"])
def test_a_missing_file_is_named(root: Path, missing: str):
    (root / missing).unlink()
    with pytest.raises(errors.DefinitionError, match=missing):
        Project(root).load_all()


def test_an_unknown_task_says_which_there_are(root: Path):
    with pytest.raises(errors.DefinitionError, match=r"no such task \(known: sort\)"):
        Project(root).load("srot")


@pytest.mark.parametrize("path", ["tasks/sort/task.toml", "tasks/sort/prompt.md", "schemas/sort.avsc", "rules/sort.py"])
def test_a_byte_order_mark_is_no_part_of_a_file(root: Path, path: str):
    version = Project(root).load("sort").version
    (root / path).write_bytes(b"\xef\xbb\xbf" + (root / path).read_bytes())
    assert Project(root).load("sort").version == version


def test_an_empty_folder_is_no_project(tmp_path: Path):
    with pytest.raises(errors.DefinitionError, match="no task in"):
        Project(tmp_path).load_all()


def test_a_file_that_is_not_text_is_named(root: Path):
    (root / "tasks/sort/prompt.md").write_bytes(b"\xff\xfe")
    with pytest.raises(errors.DefinitionError, match="is not UTF-8"):
        Project(root).load_all()


def short(root: Path) -> Callable[[str], bool]:
    """Whether the project's only rule, as it is now, calls a reason short."""
    (rule,) = Project(root).load("sort").rules
    return lambda reason: rule.function(builders.event(), {"reason": reason}, ()) is not None


def test_a_changed_helper_is_used_and_the_version_before_goes_on_as_it_was(root: Path):
    before = short(root)
    (root / "rules/common.py").write_text("LIMIT = 9\n")
    assert short(root)("seven77")
    assert not before("seven77")


def test_two_projects_have_helpers_of_their_own(root: Path, tmp_path_factory: pytest.TempPathFactory):
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(root, other, dirs_exist_ok=True)
    (other / "rules/common.py").write_text("LIMIT = 9\n")
    assert short(other)("seven77")
    assert not short(root)("seven77")


def test_a_helper_that_no_task_imports_changes_no_version(root: Path):
    before = Project(root).load("sort").version
    (root / "rules/other.py").write_text("LIMIT = 9\n")
    assert Project(root).load("sort").version == before


def test_old_versions_of_rules_are_forgotten(root: Path):
    def loaded() -> int:
        return sum(name.startswith(rule_modules.PACKAGE) for name in sys.modules)

    for limit in range(rule_modules.KEPT):
        (root / "rules/common.py").write_text(f"LIMIT = {limit}\n")
        Project(root).load("sort")
    there = loaded()
    for limit in range(rule_modules.KEPT, rule_modules.KEPT + 4):
        (root / "rules/common.py").write_text(f"LIMIT = {limit}\n")
        Project(root).load("sort")
    assert loaded() == there


@pytest.mark.parametrize(
    "text", ["while True:\n    pass\n", "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass\n"]
)
def test_rules_whose_import_does_not_end_are_broken(root: Path, monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setattr(rule_modules, "SECONDS", 0.05)
    (root / "rules/common.py").write_text(text)
    with pytest.raises(errors.DefinitionError, match=r"rules/common.py:\d: the import had not ended after 0.05 s"):
        Project(root).load("sort")


def test_imports_inside_rules_work_while_other_versions_are_refused(root: Path):
    rules = (root / "rules/sort.py").read_text()
    (root / "rules/sort.py").write_text(
        rules.replace("from . import common\n", "").replace("    return", "    from . import common\n    return")
    )
    before = short(root)
    (root / "schemas/sort.avsc").write_text("{")
    for limit in range(rule_modules.KEPT - 1):
        (root / "rules/common.py").write_text(f"LIMIT = {limit + 10}\n")
        with pytest.raises(errors.DefinitionError):
            Project(root).load("sort")
    assert not before("seven77")
