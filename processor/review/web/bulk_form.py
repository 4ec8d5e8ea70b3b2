"""What a form of bulk decisions asks for: which items, what about them, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from aiohttp import web

from processor.core.records import Action
from processor.review import deciding
from processor.review.values import Filter, Role
from processor.review.web import filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.review.ports import View
    from processor.review.values import Reviewer

MOST_TICKED = 500
MOST_OF_FILTER = 10_000
PAGE = 500
ACTIONS = (Action.ACCEPT, Action.REJECT, Action.SEND_BACK)
"""A correction is of one item."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
REF = re.compile(r"[A-Za-z0-9_-]{16}")


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form asked for; `cut` says that more items fit than can be decided at once."""

    refs: tuple[str, ...]
    action: Action
    wanted: Filter
    note: str = ""
    override: bool = False
    cut: bool = False


def asked(form: Mapping[str, list[str]], me: Reviewer, view: View) -> Posted:
    """Of the queue, or of a preview for another action.

    Raises:
        HTTPBadRequest, HTTPForbidden: no form of this reviewer's is so.
    """
    wanted = _filter(form)
    if "refs" in form:  # another action for the same items
        return Posted(_listed(form, me), _action(form), wanted)
    if "all" not in form:
        return Posted(_known(form.get("ref", []), MOST_TICKED), _action(form), wanted)
    if me.role is not Role.ADMIN:
        raise web.HTTPForbidden
    found, more = _all(wanted, me, view)
    return Posted(found, _action(form), wanted, cut=more)


def confirmed(form: Mapping[str, list[str]], me: Reviewer) -> tuple[str, Posted]:
    """Of a preview, to begin with: the token that was made with it, and what it asks for.

    Raises:
        HTTPBadRequest, HTTPForbidden: no form of this reviewer's is so.
    """
    token, action = _last(form, "token"), _action(form)
    if not TOKEN.fullmatch(token):
        raise web.HTTPBadRequest
    override = "override" in form and action is Action.ACCEPT
    return token, Posted(_listed(form, me), action, _filter(form), _last(form, "note").strip(), override)


def note_limit(action: Action) -> int:
    """Characters that a note may have."""
    return deciding.BACK_LIMIT if action is Action.SEND_BACK else deciding.NOTE_LIMIT


def against_note(posted: Posted) -> str:
    """What is wrong with the note; empty where nothing is."""
    most = note_limit(posted.action)
    if not posted.note and posted.action is Action.SEND_BACK:
        return "Say what is to be done otherwise: the note goes into the prompt."
    if not posted.note and (posted.action is Action.REJECT or posted.override):
        return "Say why: the note is kept with each decision."
    return f"The note may have at most {most} characters, it has {len(posted.note)}." if len(posted.note) > most else ""


def _action(form: Mapping[str, list[str]]) -> Action:
    try:
        action = Action(form.get("action", ["accept"])[-1])
    except ValueError:
        raise web.HTTPBadRequest from None
    if action not in ACTIONS:
        raise web.HTTPBadRequest
    return action


def _all(wanted: Filter, me: Reviewer, view: View) -> tuple[tuple[str, ...], bool]:
    """The items that fit, and whether there are more than can be decided at once."""
    found: list[str] = []
    after = ""
    while len(found) < MOST_OF_FILTER:
        one = view.page(wanted, me, after, PAGE)
        found += [row.key.ref for row in one.rows]
        after = one.after
        if not after:
            break
    return tuple(found[:MOST_OF_FILTER]), bool(after) or len(found) > MOST_OF_FILTER


def _listed(form: Mapping[str, list[str]], me: Reviewer) -> tuple[str, ...]:
    found = _known(_last(form, "refs").split(","), MOST_OF_FILTER)
    if len(found) > MOST_TICKED and me.role is not Role.ADMIN:  # they were one when the page was made
        raise web.HTTPForbidden
    return found


def _known(refs: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in refs if REF.fullmatch(each)))[:most]


def _last(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[-1]


def _filter(form: Mapping[str, list[str]]) -> Filter:
    return filters.parse(dict(parse_qsl(_last(form, "filter"))))
