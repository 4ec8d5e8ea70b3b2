"""Cases that are broken on purpose, each in one known way: the project that breaks them, and the script of the model.

Every case is about an article of its own, whose desk stands in one document of its own. What becomes of that document,
of the claim's words and of the model's abilities is the plant.
"""

from __future__ import annotations

import itertools
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from processor.core.records import Event
from processor.measure.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.measure.causes.records import Cause

PROJECT = Path(__file__).parent / "project"
TASK = "desk"

WOODS = ("Alder", "Birch", "Cedar", "Ebony", "Hazel", "Larch", "Maple", "Olive", "Rowan", "Spruce", "Teak", "Walnut")
THINGS = (
    "blender",
    "cooker",
    "drill",
    "dryer",
    "freezer",
    "grill",
    "heater",
    "juicer",
    "kettle",
    "lamp",
    "mixer",
    "oven",
)
OF = ("brass", "chrome", "copper", "enamel", "glass", "nickel", "pewter", "steel")
SHARED = "D-900"
CHECKS = ("$.reference", "$.summary", "$.urgency")


@dataclass(frozen=True, slots=True)
class Script:
    """What the model can do with one case.

    Attributes:
        article: as documents call it.
        desk: the right one.
        desk_by: the desk is right where it `needs` the document and sees it; where that is the `first` it sees; it
            `knows` it anyway; or `never`.
        breaks: checks that it breaks one after the other: told of one, it breaks the next, and after the last none.
        smoke: whether it overlooks smoke until it is told of urgency.
        chance: with which its answer is right where it would be right.
        careful_only: the quick model is never right about the desk.
    """

    article: str
    desk: str
    desk_by: Literal["needs", "first", "knows", "never"] = "needs"
    breaks: tuple[str, ...] = ()
    smoke: bool = False
    chance: float = 1.0
    careful_only: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to break a case.

    Attributes:
        name: of it, for people.
        cause: the one that is to be found.
        document: the article's is in the knowledge as it should be; `long`er than the prompt has room for; in the
            project's `archive`; or written `nowhere`.
        words: the claim names the `article`; names it `second`, after one that shares more words with its own document;
            or calls it by a `nickname` that no document has.
        named: whether the label names the document.
        agreed: whether two people gave the same label; None where one did.
        shared: whether the desk is that of many articles, so that its code does not tell which document is needed.
        more: what the claim says besides.
        script: of the model.
    """

    name: str
    cause: Cause
    document: Literal["there", "long", "archive", "nowhere"] = "there"
    words: Literal["article", "second", "nickname"] = "article"
    named: bool = True
    agreed: bool | None = None
    shared: bool = False
    more: str = ""
    script: dict[str, object] = field(default_factory=dict)


KINDS = (
    Kind("document in the archive", "absent", document="archive"),
    Kind("document that nobody wrote", "absent", document="nowhere"),
    Kind("document that nobody wrote, not named", "absent", document="nowhere", named=False),
    Kind("nickname", "missed", words="nickname"),
    Kind("nickname, document not named", "missed", words="nickname", named=False),
    Kind("nickname, not named, desk of many", "missed", words="nickname", named=False, shared=True),
    Kind("nickname, model right at 95 %", "missed", words="nickname", script={"chance": 0.95}),
    Kind("document too long", "cut", document="long"),
    Kind("document too long, not named", "cut", document="long", named=False),
    Kind("reads the first document alone", "unused", words="second", script={"desk_by": "first"}),
    Kind("breaks one check after the other", "format", script={"breaks": CHECKS}),
    Kind("overlooks what a rule warns of", "format", more=" There was smoke.", script={"smoke": True}),
    Kind("nickname, and breaks check after check", "both", words="nickname", script={"breaks": CHECKS}),
    Kind("quick model wrong, careful right", "lenient", script={"careful_only": True}),
    Kind("two labels", "ambiguous", agreed=False, script={"desk_by": "never"}),
    Kind("right at every second try", "varies", script={"desk_by": "knows", "chance": 0.5}),
    Kind("never right", "capability", script={"desk_by": "never"}),
    Kind("never right, two labels agree", "capability", agreed=True, script={"desk_by": "never"}),
    Kind("nickname, model right at 50 %", "capability", words="nickname", script={"chance": 0.5}),
    Kind("a rule wants a person", "withheld", more=" My lawyer will write.", script={"desk_by": "knows"}),
    Kind("no text", "stopped", script={"desk_by": "knows"}),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A broken case, and how it was broken."""

    case: Case
    kind: Kind
    script: Script


def plant(folder: Path, each: int, seed: int) -> tuple[Planted, ...]:
    """Write the project into an empty folder, and give its cases: so many of each kind.

    Raises:
        ValueError: there are not as many articles.
    """
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    names = [" ".join(parts) for parts in itertools.product(WOODS, OF, THINGS)]
    random.Random(seed).shuffle(names)
    if 2 * each * len(KINDS) > len(names):
        raise ValueError(f"at most {len(names) // (2 * len(KINDS))} cases of each kind")
    articles = iter(names)
    wanted = [kind for kind in KINDS for _ in range(each)]
    return tuple(_planted(folder, kind, number, articles) for number, kind in enumerate(wanted))


def _planted(folder: Path, kind: Kind, number: int, articles: Iterator[str]) -> Planted:
    article, other = next(articles), next(articles)
    desk, reference = SHARED if kind.shared else f"D-{100 + number}", f"{10000 + number}"
    path = _write(folder, kind, article, desk, f"Type W{number:03}.")
    of_other = SHARED if kind.shared else f"D-{5000 + number}"
    # It has more of the words of a claim that names both: it is found before the article's own.
    _document(folder / "tasks" / TASK / "knowledge", other, of_other, f"Type U{number:03}, type V{number:03}.")
    text = {
        "article": f"My {article} broke.",
        "second": f"Beside my {other} (U{number:03}, V{number:03}) stood my {article} (W{number:03}), which broke.",
        "nickname": f"The little helper that came with my {other} broke.",
    }[kind.words]
    event = Event(
        f"planted-{number:03}", TASK, {"text": "" if kind.name == "no text" else f"{text}{kind.more} Ref {reference}."}
    )
    urgency = "high" if "smoke" in kind.more else "normal"
    case = Case(
        event=event,
        expected={"desk": desk, "urgency": urgency, "reference": f"REF-{reference}"},
        source=f"tasks/{TASK}/cases.jsonl:{number + 1}",
        agreed=kind.agreed,
        gold=(path,) if kind.named else (),
    )
    return Planted(case, kind, Script(article=article, desk=desk, **kind.script))  # type: ignore[arg-type]


def _write(folder: Path, kind: Kind, article: str, desk: str, more: str) -> str:
    """Write the article's document, where there is one; what a label calls it."""
    name = f"{article.replace(' ', '-').lower()}.md"
    if kind.document == "archive":
        _document(folder / "archive", article, desk)
        return f"archive/{name}"
    if kind.document != "nowhere":
        long = " It is kept for years and sold in many lands." * 40 if kind.document == "long" else ""
        _document(folder / "tasks" / TASK / "knowledge", article, desk, more + long)
    return name


def _document(folder: Path, article: str, desk: str, more: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = f"# {article}\n\nClaims about the {article} go to desk {desk}. {more}".strip()
    (folder / f"{article.replace(' ', '-').lower()}.md").write_text(text + "\n", encoding="utf-8")
