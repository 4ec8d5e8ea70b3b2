"""What a browser posts of a page, as it is written: controls in their order, without script."""

from __future__ import annotations

import re
from html.parser import HTMLParser

Posted = dict[str, list[str]]


class Page(HTMLParser):
    """Collects what is posted. Buttons are not pressed; what stands in a `template` is no part of the page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.posted: Posted = {}
        self._templates = 0
        self._area: str | None = None
        self._select: str | None = None
        self._options: list[dict[str, str | None]] = []
        self._written = ""
        self.feed(re.sub("\r\n?", "\n", text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "template":
            self._templates += 1
        elif self._templates:
            return
        elif tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self._post(given["name"], given.get("value") or "")
        elif tag == "textarea":
            self._area, self._written = given["name"], ""
        elif tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option" and self._select is not None:
            self._options.append(given)
            self._written = ""

    def handle_data(self, data: str) -> None:
        self._written += data
        if self._select is not None:
            self._options[-1]["text"] = " ".join(self._written.split())

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._templates -= 1
        elif tag == "textarea" and self._area is not None:
            self._post(self._area, self._written.removeprefix("\n"))
            self._area = None
        elif tag == "select" and self._select is not None:
            chosen = ([each for each in self._options if "selected" in each] or self._options[:1])[-1]
            self._post(self._select, chosen.get("value", chosen.get("text")) or "")
            self._select = None

    def _post(self, name: str | None, text: str) -> None:
        assert name
        self.posted.setdefault(name, []).append(text.replace("\n", "\r\n"))
