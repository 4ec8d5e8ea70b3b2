"""JSON-like values that cannot be changed: lists stay lists and objects stay dicts, for `==`, `json` and `isinstance`.

A rule gets the answer and the event so; changing them raises. Copies (`copy.deepcopy`, `|`, `+`) are ordinary again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise TypeError("what a rule is given cannot be changed; copy it first (copy.deepcopy)")


class _Object(dict[str, Any]):
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class _List(list[Any]):
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


def frozen(value: Any) -> Any:
    """The same value, with every object and list in it closed to changes. Shares what cannot be changed anyway."""
    if isinstance(value, dict):
        return _Object((name, frozen(part)) for name, part in value.items())
    if isinstance(value, list):
        return _List(map(frozen, value))
    return value


def flat(value: Mapping[str, str]) -> Mapping[str, str]:
    """The same for a mapping that holds nothing but texts."""
    return _Object(value)
