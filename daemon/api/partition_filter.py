"""The Expression of GetPartitions: an SQL condition over a table's partition keys, as Glue documents it.

    year = '2024' AND (month IN (1, 2) OR day BETWEEN '01' AND '09') AND NOT kind LIKE 'tmp%'

It is read by `partition_grammar.py` into tests of one partition's values; how two values compare is said by the key's
type (`partition_types.py`). A test is true, false, or None for unknown, as in SQL: what is compared with a null, or
with a value that is none of its key's type, is unknown, and so is its negation. Only what is true is chosen.

A parser of the whole of SQL (sqlglot) was weighed: importing it doubles the daemon's time to start and most of its
memory, for everybody who never sends an Expression.
"""

from collections.abc import Callable
from typing import Any

from daemon.api.partition_grammar import Grammar
from daemon.api.partition_types import Key, key_of

Test = Callable[[tuple[str, ...]], bool]


def partition_filter(expression: str | None, keys: list[dict[str, Any]]) -> Test:
    """A test of a partition's values. Raises InvalidInput for what is not understood, with its place."""
    if not expression or not expression.strip():
        return lambda values: True
    named: dict[str, Key] = {
        key.get("Name", "").lower(): key_of(key.get("Name", ""), key.get("Type") or "string", place)
        for place, key in enumerate(keys)
    }
    test = Grammar(expression, named).condition()
    return lambda values: test(values) is True
