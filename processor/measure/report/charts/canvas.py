"""Figures of matplotlib as SVG inside a page: the same bytes each time, text as text, colours left to the style sheet.

A page's Content-Security-Policy lets no `style` attribute be: they are written as SVG attributes here, with a class by
which style.css sets the colour for screens, dark ones and paper. Ids are made unique among all charts of a page.
"""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

INK, MUTED, GRID, PAPER = "#1b1f24", "#57606a", "#d8dee4", "#ffffff"
GOOD, BAD, HELD, MARK = "#0072b2", "#b8430f", "#e9a23b", "#7a4a94"
"""After the palette of M. Okabe and K. Ito, made for all kinds of colour vision; they differ in lightness, too, so that
they can be told apart on grey paper. Right, wrong and accepted, sent to people, what stands out."""

CLASSES = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    PAPER: "paper",
    GOOD: "good",
    BAD: "bad",
    HELD: "held",
    MARK: "mark",
}
"""Colour to the class's name in style.css: `fill-ink`, `stroke-ink`."""

WIDTH = 520
"""Pixels: two charts stand side by side on a desk, and one is still readable at a telephone's 360."""

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "untuned",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 12.5,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "figure.facecolor": "none",
    "figure.dpi": 72,
    "legend.frameon": False,
    "hatch.color": PAPER,
}
_KEPT = {"text-anchor", "font-size", "font-weight", "font-style"}
_COLOURED = ("fill", "stroke")


@dataclass(frozen=True, slots=True)
class Told:
    """What a chart is for those who do not see it: `ident` is its id in the page, `title` and `desc` say it."""

    ident: str
    title: str
    desc: str


@contextlib.contextmanager
def axes(height: float) -> Iterator[tuple[Figure, Axes]]:
    """A figure of the usual width, `height` pixels high, with its axes; whatever the machine's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(WIDTH / 72, height / 72), layout="constrained")
        yield figure, figure.add_subplot()


def svg(figure: Figure, told: Told) -> Markup:
    """The figure as an SVG element for a page; to be called inside `axes`."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    root = ET.fromstring(text.getvalue())  # noqa: S314 - matplotlib's own
    used = set(re.findall(r'(?:url\(#|href="#)([\w-]+)', text.getvalue()))
    _clean(root)
    for element in root.iter():
        _rewrite(element, used, told.ident)
    _tell(root, told)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - elements and texts are escaped by ElementTree


def _clean(root: ET.Element) -> None:
    """Without metadata, and without the style element that would be the whole page's."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _local(child.tag) in {"metadata", "style"}:
                parent.remove(child)


def _rewrite(element: ET.Element, used: set[str], ident: str) -> None:
    """One element for HTML: no namespaces, no styles, and only those ids that others point to."""
    element.tag = _local(element.tag)
    attributes = {_local(name): value for name, value in element.attrib.items()}
    given = attributes.pop("id", "")
    if given in used:
        attributes["id"] = f"{ident}-{given}"
    attributes |= dict(_styles(attributes.pop("style", "")))
    classes = [
        f"{name}-{CLASSES[attributes[name]]}" for name in _COLOURED if attributes.get(name, "").lower() in CLASSES
    ]
    if classes:
        attributes["class"] = " ".join(classes)
    for name, value in attributes.items():
        if name == "href" or value.startswith("url(#"):
            attributes[name] = value.replace("#", f"#{ident}-")
    if "d" in attributes:
        attributes["d"] = _short_path(attributes["d"])
    element.attrib.clear()
    element.attrib.update(attributes)
    if not (element.text or "").strip():
        element.text = None
    if not (element.tail or "").strip():
        element.tail = None


def _styles(style: str) -> Iterator[tuple[str, str]]:
    """The declarations of a style, as attributes; families of fonts are left to the page."""
    for declaration in filter(None, style.split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in _KEPT or name.startswith((*_COLOURED, "opacity")):
            yield name, value


def _short_path(path: str) -> str:
    """On one line, to hundredths of a pixel."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), " ".join(path.split()))


def _tell(root: ET.Element, told: Told) -> None:
    width, height = root.attrib["viewBox"].split()[2:]
    root.attrib.clear()
    root.attrib.update(
        {
            "class": "chart",
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
            "role": "img",
            "aria-labelledby": f"{told.ident}-title {told.ident}-desc",
            "id": told.ident,
        }
    )
    for place, name in enumerate(("title", "desc")):
        element = ET.Element(name, {"id": f"{told.ident}-{name}"})
        element.text = getattr(told, name)
        root.insert(place, element)


def _local(name: str) -> str:
    """Without its namespace."""
    return name.rpartition("}")[2]
