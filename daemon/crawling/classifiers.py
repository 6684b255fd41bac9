"""A crawler's own classifiers: each looks at the beginning of a text file and says what it is, or that it is not its
kind. They are asked in the crawler's order before the built-in ones."""

import csv
import io
from collections.abc import Callable
from typing import Any

import orjson

from daemon.crawling import formats
from daemon.crawling.formats import CsvShape, Kind, Read, Sample
from daemon.crawling.hive_types import Columns
from daemon.crawling.places import CannotCrawl
from projections.classifier_terms import CARRIED_OUT, EVERY, json_steps, kind_of

Rule = Callable[[Sample], Read | None]
_TYPES = {"LONG": "bigint", "SHORT": "smallint", "DECIMAL": "decimal(38,18)"}


def rules_of(classifiers: tuple[dict[str, Any], ...]) -> tuple[Rule, ...]:
    """The rules that the classifiers make, in their order. Raises CannotCrawl for one that cannot be gone by."""
    return tuple(_rule(classifier) for classifier in classifiers)


def _rule(classifier: dict[str, Any]) -> Rule:
    name = classifier["Name"]
    if len(classifier) == 1:
        raise CannotCrawl(f"The crawler's classifier {name} does not exist. Create it, or take it off the crawler.")
    kind = kind_of(classifier)
    if kind not in CARRIED_OUT:
        raise CannotCrawl(
            f"The crawler's classifier {name} is a {kind}, which is not carried out here: known are "
            f"{' and '.join(CARRIED_OUT)}. Take it off the crawler."
        )
    definition = classifier[kind]
    return _csv_rule(definition) if kind == "CsvClassifier" else _json_rule(definition)


def _json_rule(definition: dict[str, Any]) -> Rule:
    steps = json_steps(definition["JsonPath"])

    def rule(sample: Sample) -> Read | None:
        if sample.data.lstrip()[:1] not in (b"{", b"["):
            return None
        rows = [row for document in _documents(sample.whole()) for row in _reached(document, steps or [])]
        if not rows or not all(isinstance(row, dict) for row in rows):
            return None
        return Read(Kind("json", sample.packed), formats.columns_of_rows(rows))

    return rule


def _documents(sample: Sample) -> list[Any]:
    """The file's documents: one, or one a line."""
    try:
        return [orjson.loads(sample.data)]
    except orjson.JSONDecodeError:
        lines = sample.lines().splitlines()
    try:
        return [orjson.loads(line) for line in lines if line.strip()]
    except orjson.JSONDecodeError:
        return []


def _reached(document: Any, steps: list[str | int]) -> list[Any]:
    """What a path leads to within a document. A list at its end stands for its elements: each is a row."""
    found = [document]
    for step in steps:
        found = [inner for outer in found for inner in _step(outer, step)]
    return [row for end in found for row in (end if isinstance(end, list) else [end])]


def _step(outer: Any, step: str | int) -> list[Any]:
    if step == EVERY:
        return list(outer.values()) if isinstance(outer, dict) else outer if isinstance(outer, list) else []
    if isinstance(step, int):
        return outer[step : step + 1] if isinstance(outer, list) else []
    return [outer[step]] if isinstance(outer, dict) and step in outer else []


def _csv_rule(definition: dict[str, Any]) -> Rule:
    delimiter, quote = definition.get("Delimiter", ","), definition.get("QuoteSymbol", '"')
    fewest = 1 if definition.get("AllowSingleColumn") else 2

    def rule(sample: Sample) -> Read | None:
        try:
            text = sample.lines().decode("utf-8")
        except UnicodeDecodeError:
            return None
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, quotechar=quote) if row]
        header = definition.get("Header") or []
        width = len(header) or len(rows[0])
        if width < fewest or any(len(row) != width for row in rows):
            return None
        is_header = _begins_with_header(definition, rows[0], header)
        names = header or (rows[0] if is_header else [f"col{place}" for place in range(width)])
        shape = CsvShape(delimiter, quote, tuple(names), is_header)
        columns = formats.csv_columns(sample.lines(), shape)
        if definition.get("DisableValueTrimming"):
            columns = _untrimmed(columns, rows[is_header:])
        kind = Kind("csv", sample.packed, delimiter, is_header, _quote_of(definition), definition.get("Serde") or "")
        return Read(kind, _typed(columns, definition))

    return rule


def _quote_of(definition: dict[str, Any]) -> str:
    """The quote symbol that the table is told of: only one that was asked for."""
    return str(definition.get("QuoteSymbol") or "")


def _begins_with_header(definition: dict[str, Any], first: list[str], header: list[str]) -> bool:
    """ContainsHeader; where it is UNKNOWN the first line is one if it is the given one, or looks so."""
    said = definition.get("ContainsHeader", "UNKNOWN")
    if said != "UNKNOWN":
        return bool(said == "PRESENT")
    if header:
        return [name.strip().lower() for name in first] == [name.lower() for name in header]
    return formats.is_header(first)


def _untrimmed(columns: Columns, rows: list[list[str]]) -> Columns:
    """Values with white space around them are texts if it is not to be cut off."""
    padded = {place for row in rows for place, value in enumerate(row) if value != value.strip()}
    return {name: "string" if place in padded else kind for place, (name, kind) in enumerate(columns.items())}


def _typed(columns: Columns, definition: dict[str, Any]) -> Columns:
    """The types that the classifier gives to its columns, in their order, in place of those that were found."""
    types = definition.get("CustomDatatypes") or []
    if not definition.get("CustomDatatypeConfigured") or len(types) != len(columns):
        return columns
    return {name: _TYPES.get(kind.upper(), kind.lower()) for name, kind in zip(columns, types, strict=True)}
