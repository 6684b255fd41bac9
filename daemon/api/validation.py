"""Checks a request against its shape, and says in AWS's words what is wrong.

A value of the wrong JSON type cannot be read at all (SerializationException, the first one ends the check). Broken
constraints are collected, so that a client learns of all of them at once: `2 validation errors detected: ...`. Paths
are written as AWS writes them: `predicate.conditions.1.member.state`.

AWS passes over members that it does not know. Here they are an error: a misspelt member that silently does nothing
costs its author more than a refusal.
"""

from typing import Any

import orjson

from daemon.api.service_model import Shape
from daemon.errors import NotJson, ValidationFailed

MOST_SHOWN = 20
"""How many broken constraints one answer lists."""

MOST_COUNTED = 1_000
"""After so many the check ends: a body may hold a million of them, and the daemon has other clients."""

MOST_NESTED = 100
"""Parts of a path. A job's visual script may hold itself, so its shape alone sets no end; JSON libraries have one."""

LONGEST_VALUE_SHOWN = 200
_INTEGER_LIMITS = {"integer": 2**31 - 1, "long": 2**63 - 1}
_JSON_TYPES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}


def validated(shape: Shape, body: Any) -> dict[str, Any]:
    """The request's members, those that are null left out. Raises NotJson or ValidationFailed."""
    found = _Violations()
    members = _structure(shape, body, "", found)
    found.raise_any()
    return members


class _Violations:
    """The broken constraints found so far."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def add(self, value: Any, path: str, constraint: str) -> None:
        """Takes one more, in AWS's words."""
        shown = "null" if value is None else f"'{_shown(value)}'"
        self._texts.append(f"Value {shown} at '{_shown(path)}' failed to satisfy constraint: {constraint}")
        if len(self._texts) == MOST_COUNTED:
            self.raise_any()

    def raise_any(self) -> None:
        """Raises ValidationFailed if there are any."""
        count = len(self._texts)
        if count:
            errors = "error" if count == 1 else "errors"
            more = f"; and {count - MOST_SHOWN} more" if count > MOST_SHOWN else ""
            raise ValidationFailed(f"{count} validation {errors} detected: {'; '.join(self._texts[:MOST_SHOWN])}{more}")


def _checked(shape: Shape, value: Any, path: str, found: _Violations) -> Any:
    return _CHECKS[shape.type](shape, value, path, found)


def _structure(shape: Shape, value: Any, path: str, found: _Violations) -> dict[str, Any]:
    if type(value) is not dict:
        raise _wrong_type("an object", value, path)
    if path.count(".") > MOST_NESTED:
        raise NotJson(f"The value at '{_shown(path)}' is nested too deeply: take out levels.")
    within = path + "." if path else ""
    taken: dict[str, Any] = {}
    for name, given in value.items():
        member = shape.members.get(name)
        if member is None:
            found.add(given, within + name, f"Member must be one of: [{', '.join(shape.members)}]")
        elif given is not None:
            taken[name] = _checked(member, given, within + _lowered(name), found)
    for name in shape.required:
        if value.get(name) is None:
            found.add(None, within + _lowered(name), "Member must not be null")
    return taken


def _list(shape: Shape, value: Any, path: str, found: _Violations) -> list[Any]:
    if type(value) is not list:
        raise _wrong_type("a list", value, path)
    assert shape.element is not None
    _check_bounds(shape, value, path, found)
    taken = []
    for number, given in enumerate(value, 1):
        at = f"{path}.{number}.member"
        if given is None:
            found.add(None, at, "Member must not be null")
        else:
            taken.append(_checked(shape.element, given, at, found))
    return taken


def _map(shape: Shape, value: Any, path: str, found: _Violations) -> dict[str, Any]:
    if type(value) is not dict:
        raise _wrong_type("an object", value, path)
    assert shape.key is not None
    assert shape.value is not None
    _check_bounds(shape, value, path, found)
    taken = {}
    for key, given in value.items():
        _checked(shape.key, key, f"{path}.key", found)
        at = f"{path}.{key}"
        if given is None:
            found.add(None, at, "Member must not be null")
        else:
            taken[key] = _checked(shape.value, given, at, found)
    return taken


def _string(shape: Shape, value: Any, path: str, found: _Violations) -> str:
    if type(value) is not str:
        raise _wrong_type("a string", value, path)
    _check_bounds(shape, value, path, found)
    if shape.enum and value not in shape.enum:
        found.add(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    # The match is not tried on what is too long anyway.
    elif shape.pattern is not None and _fits(shape, value) and not shape.pattern.fullmatch(value):
        found.add(value, path, f"Member must satisfy regular expression pattern: {shape.pattern.pattern}")
    return value


def _fits(shape: Shape, value: str) -> bool:
    return shape.maximum is None or len(value) <= shape.maximum


def _integer(shape: Shape, value: Any, path: str, found: _Violations) -> int:
    if type(value) is not int:
        raise _wrong_type("a whole number", value, path)
    limit = _INTEGER_LIMITS[shape.type]
    low = max(-limit - 1, -limit - 1 if shape.minimum is None else int(shape.minimum))
    high = min(limit, limit if shape.maximum is None else int(shape.maximum))
    if value < low:
        found.add(value, path, f"Member must have value greater than or equal to {low}")
    elif value > high:
        found.add(value, path, f"Member must have value less than or equal to {high}")
    return value


def _number(shape: Shape, value: Any, path: str, found: _Violations) -> float:
    if type(value) is not int and type(value) is not float:
        raise _wrong_type("a number", value, path)
    return value


def _boolean(shape: Shape, value: Any, path: str, found: _Violations) -> bool:
    if type(value) is not bool:
        raise _wrong_type("a boolean", value, path)
    return value


def _check_bounds(shape: Shape, value: str | list[Any] | dict[str, Any], path: str, found: _Violations) -> None:
    if shape.minimum is not None and len(value) < shape.minimum:
        least = f"greater than or equal to {shape.minimum:.0f}"
        found.add(value, path, f"Member must have length {least}")
    if shape.maximum is not None and len(value) > shape.maximum:
        most = f"less than or equal to {shape.maximum:.0f}"
        found.add(value, path, f"Member must have length {most}")


def _shown(value: Any) -> str:
    """The value as it is shown to the client: as it came, if it is short."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST_VALUE_SHOWN else text[:LONGEST_VALUE_SHOWN] + "..."


def _wrong_type(wanted: str, value: Any, path: str) -> NotJson:
    what = f"The value at '{_shown(path)}'" if path else "The request's body"
    return NotJson(f"{what} must be {wanted}, not {_JSON_TYPES.get(type(value), 'null')}: {_shown(value)}")


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


_CHECKS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "double": _number,
    "float": _number,
    "timestamp": _number,
    "boolean": _boolean,
}
