"""SearchTables: the tables of all databases that hold a text, or have certain properties."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any

from daemon.api import render_catalog
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present
from daemon.errors import InvalidInput
from projections.designs import Definition

_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": eq,
    "GREATER_THAN": gt,
    "LESS_THAN": lt,
    "GREATER_THAN_EQUALS": ge,
    "LESS_THAN_EQUALS": le,
}
_TIMES = ("CreateTime", "UpdateTime")
_TEXTS = ("Name", "DatabaseName", "Description", "Owner", "TableType")
_SEPARATORS = re.compile(r"[\W_]+")
Shown = dict[str, Any]
"""A Table in Glue's shape."""


def search_tables(call: Call) -> Answer:
    """The tables that hold SearchText and pass every filter, in order of database and name."""
    members = call.members
    if members.get("SortCriteria"):
        raise InvalidInput("SortCriteria is not known here: leave it out. Tables come in order of database and name.")
    tests = [_filter(predicate) for predicate in members.get("Filters", ())]
    text = members.get("SearchText", "")
    if text:
        tests.append(lambda table: _holds(table, text))
    found = [d for d in call.engine.standing.designs.all("table") if _passes(d, tests)]
    page, token = call.page_of("SearchTables").of_names(found)
    return present({"TableList": [render_catalog.table(definition) for definition in page], "NextToken": token})


def _passes(definition: Definition, tests: list[Callable[[Shown], bool]]) -> bool:
    table = render_catalog.table(definition)
    return all(test(table) for test in tests)


def _holds(table: Shown, text: str) -> bool:
    """Glue: a text in quotes is a whole value, any other is looked for within them."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].lower() in _words(table)
    return any(text.lower() in word for word in _words(table))


def _words(table: Shown) -> list[str]:
    """Names, descriptions, parameters and columns, in lower case."""
    columns = [*table.get("StorageDescriptor", {}).get("Columns", ()), *table.get("PartitionKeys", ())]
    described = [str(table.get(member, "")) for member in _TEXTS]
    described += [str(column.get(member, "")) for column in columns for member in ("Name", "Comment")]
    described += [text for pair in table.get("Parameters", {}).items() for text in pair]
    return [text.lower() for text in described if text]


def _filter(predicate: dict[str, str]) -> Callable[[Shown], bool]:
    """One of Filters: a time, a member of the table, or one of its parameters. Raises InvalidInput."""
    key, value = predicate.get("Key", ""), predicate.get("Value", "")
    if key in _TIMES:
        compare, wanted = _COMPARATORS[predicate.get("Comparator", "EQUALS")], _moment(key, value)
        return lambda table: compare(table[key], wanted)
    if predicate.get("Comparator", "EQUALS") != "EQUALS":
        raise InvalidInput(f"Comparator is for {' and '.join(_TIMES)} only; leave it out for {key}.")
    return lambda table: _is_like(str(table.get(key, table.get("Parameters", {}).get(key, ""))), value)


def _is_like(text: str, value: str) -> bool:
    """Glue: the whole value, or one of the words that signs part it into."""
    return value.lower() in (text.lower(), *_SEPARATORS.split(text.lower()))


def _moment(key: str, value: str) -> float:
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"Filters: the Value '{value[:100]}' of {key} is no time as ISO 8601 has it.") from error
