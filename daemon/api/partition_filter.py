"""The Expression of GetPartitions: comparisons of partition keys with values, joined by AND.

`year = '2024' AND month >= 6`. Glue takes more of SQL's WHERE (OR, IN, BETWEEN, LIKE); what is not understood here is
refused rather than passed over. Keys compared with a bare number are compared as numbers, others as text.
"""

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from daemon.errors import InvalidInput

Test = Callable[[tuple[str, ...]], bool]
_COMPARISON = re.compile(r"\s*[`\"]?(\w+)[`\"]?\s*(<=|>=|<>|!=|=|<|>)\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?)\s*")
_AND = re.compile(r"and\b", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "!=": ne,
    "<>": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


def partition_filter(expression: str | None, keys: list[dict[str, Any]]) -> Test:
    """A test of a partition's values. Raises InvalidInput for what is not understood."""
    if not expression or not expression.strip():
        return lambda values: True
    names = [key.get("Name", "").lower() for key in keys]
    tests: list[Test] = []
    place = 0
    while True:
        match = _COMPARISON.match(expression, place)
        if match is None or match[1].lower() not in names:
            raise _not_understood(expression, place, names)
        tests.append(_test(names.index(match[1].lower()), match[2], match[3]))
        place = match.end()
        if place == len(expression):
            return lambda values: all(test(values) for test in tests)
        joined = _AND.match(expression, place)
        if joined is None:
            raise _not_understood(expression, place, names)
        place = joined.end()


def _test(place: int, operator: str, literal: str) -> Test:
    compare = _OPERATORS[operator]
    if literal.startswith("'"):
        text = literal[1:-1].replace("''", "'")
        return lambda values: place < len(values) and compare(values[place], text)
    number = float(literal)
    return lambda values: place < len(values) and _is_number(values[place]) and compare(float(values[place]), number)


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _not_understood(expression: str, place: int, names: list[str]) -> InvalidInput:
    return InvalidInput(
        f"Expression is not understood at '{expression[place : place + 50]}'. Known are comparisons "
        f"(=, <>, <, <=, >, >=) of the partition keys ({', '.join(names) or 'this table has none'}) with 'text' or a "
        "number, joined by AND."
    )
