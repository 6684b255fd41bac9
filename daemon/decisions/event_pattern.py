"""EventBridge's event patterns, as far as this daemon has them: checked when a rule is put, matched on every event.

A pattern is an object shaped like the event. Its leaves are lists of what may be there: plain values, and the filters
`prefix`, `suffix`, `equals-ignore-case`, `exists`, `anything-but` and `numeric`. All members of a pattern must match;
of a leaf's list one is enough. Where the event holds a list, one of its elements is enough.
"""

import operator
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import orjson

from daemon.errors import InvalidEventPattern
from events.notifications import Notification

MEMBERS = ("source", "detail-type", "resources", "detail", "id")
"""The members of an event that a pattern may look at."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SCALARS = (str, bool, int, float, type(None))
_MISSING = object()
_MOST_NESTED = 50


def envelope(notification: Notification) -> dict[str, Any]:
    """The event as patterns see it."""
    return {
        "id": notification.id,
        "source": notification.source,
        "detail-type": notification.detail_type,
        "resources": list(notification.resources),
        "detail": notification.detail,
    }


@lru_cache(maxsize=1024)
def read_pattern(text: str) -> dict[str, Any]:
    """The pattern in a text. Raises InvalidEventPattern, which names the member that is wrong."""
    try:
        pattern = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidEventPattern(f"Event pattern is not valid. Reason: it is not JSON: {error}") from error
    if not isinstance(pattern, dict) or not pattern:
        raise _invalid("", 'it must be an object with at least one member, such as {"source": ["my.app"]}')
    unknown = [name for name in pattern if name not in MEMBERS]
    if unknown:
        raise _invalid(unknown[0], f"here a pattern can look at {', '.join(MEMBERS)} only")
    _check_members(pattern, "", 0)
    return pattern


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether every member of the pattern matches the event."""
    return all(_member_matches(wanted, event.get(name, _MISSING)) for name, wanted in pattern.items())


def _member_matches(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        inside = found if isinstance(found, list) else [found]
        # Nothing there is an empty object: `exists: false` below it matches.
        return any(matches(wanted, each if isinstance(each, dict) else {}) for each in inside or [{}])
    values = found if isinstance(found, list) else [found]
    if not values:
        values = [_MISSING]
    return any(_leaf_matches(one, value) for one in wanted for value in values)


def _leaf_matches(one: Any, value: Any) -> bool:
    if isinstance(one, dict):
        ((name, argument),) = one.items()
        return _FILTERS[name](argument, value)
    return _same(one, value)


def _same(one: Any, value: Any) -> bool:
    """Equal in JSON, where true is not 1."""
    return value is not _MISSING and isinstance(one, bool) == isinstance(value, bool) and bool(one == value)


def _anything_but(argument: Any, value: Any) -> bool:
    if value is _MISSING:
        return False
    if isinstance(argument, dict):
        return not _leaf_matches(argument, value)
    return not any(_same(one, value) for one in (argument if isinstance(argument, list) else [argument]))


def _numeric(argument: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_COMPARISONS[sign](value, bound) for sign, bound in zip(argument[::2], argument[1::2], strict=True))


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda argument, value: isinstance(value, str) and test(value, argument)


_FILTERS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _text(str.startswith),
    "suffix": _text(str.endswith),
    "equals-ignore-case": _text(lambda value, argument: value.casefold() == argument.casefold()),
    "exists": lambda argument, value: argument is (value is not _MISSING),
    "anything-but": _anything_but,
    "numeric": _numeric,
}


def _check_members(pattern: dict[str, Any], path: str, depth: int) -> None:
    if depth > _MOST_NESTED:
        raise _invalid(path, "it is nested too deeply")
    for name, wanted in pattern.items():
        at = f"{path}.{name}" if path else name
        if isinstance(wanted, dict) and wanted:
            _check_members(wanted, at, depth + 1)
        elif isinstance(wanted, list) and wanted:
            _check_leaf(wanted, at)
        else:
            raise _invalid(at, "it must be a list of what may be there, or an object with members of its own")


def _check_leaf(wanted: Iterable[Any], path: str) -> None:
    for one in wanted:
        if isinstance(one, dict):
            _check_filter(one, path)
        elif not isinstance(one, _SCALARS):
            raise _invalid(path, "a list in a pattern holds texts, numbers, true, false, null and filters")


def _check_filter(one: dict[str, Any], path: str) -> None:
    name = next(iter(one), "")
    if len(one) != 1 or name not in _FILTERS:
        raise _invalid(path, f"a filter has one member of {', '.join(_FILTERS)}, not {list(one)}")
    if not _ARGUMENTS[name](one[name]):
        raise _invalid(f"{path}.{name}", f"it must be {_WANTED[name]}")


def _is_anything_but(argument: Any) -> bool:
    if isinstance(argument, dict):
        return len(argument) == 1 and all(n in ("prefix", "suffix") and _is_text(v) for n, v in argument.items())
    values = argument if isinstance(argument, list) else [argument]
    return bool(values) and all(isinstance(value, str | int | float) for value in values)


def _is_numeric(argument: Any) -> bool:
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        return False
    bounds = argument[1::2]
    numbers = all(isinstance(bound, int | float) and not isinstance(bound, bool) for bound in bounds)
    return numbers and all(isinstance(sign, str) and sign in _COMPARISONS for sign in argument[::2])


def _is_text(argument: Any) -> bool:
    return isinstance(argument, str) and bool(argument)


_ARGUMENTS: dict[str, Callable[[Any], bool]] = {
    "prefix": _is_text,
    "suffix": _is_text,
    "equals-ignore-case": _is_text,
    "exists": lambda argument: isinstance(argument, bool),
    "anything-but": _is_anything_but,
    "numeric": _is_numeric,
}

_WANTED = {
    "prefix": "a text",
    "suffix": "a text",
    "equals-ignore-case": "a text",
    "exists": "true or false",
    "anything-but": "a value, a list of values, or one prefix or suffix",
    "numeric": 'one or two comparisons, such as [">", 0, "<=", 5]',
}


def _invalid(path: str, reason: str) -> InvalidEventPattern:
    where = f"at '{path}' " if path else ""
    return InvalidEventPattern(f"Event pattern is not valid. Reason: {where}{reason}.")
