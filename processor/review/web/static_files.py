"""The style sheet, scripts and icons, served under names that change with their contents: browsers may keep them."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"
HASH_LETTERS = 12


class StaticFiles:
    """All files of the folder `static`, in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._names = {name: _hashed(name, content) for name, content in files.items()}
        self._contents = {self._names[name]: content for name, content in files.items()}

    def address(self, name: str) -> str:
        """Where a file is: `/static/style.0123456789ab.css`.

        Raises:
            KeyError: there is no such file.
        """
        return f"/static/{self._names[name]}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with a file; its type is by its ending."""
        name = request.match_info["name"]
        if name not in self._contents:
            raise web.HTTPNotFound
        kind = TYPES[name[name.rindex(".") :]]
        headers = {"Cache-Control": FOREVER}
        return web.Response(body=self._contents[name], content_type=kind, charset="utf-8", headers=headers)


def load() -> StaticFiles:
    """Those that come with the package."""
    folder = resources.files("processor.review.web") / "static"
    files = (each for each in folder.iterdir() if any(each.name.endswith(ending) for ending in TYPES))
    return StaticFiles({each.name: each.read_bytes() for each in files})


def _hashed(name: str, content: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:HASH_LETTERS]}.{ending}"
