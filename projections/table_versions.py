"""The versions of a table of the data catalog, from its stream: one for each definition since it was created."""

from collections.abc import Sequence
from typing import Any

import msgspec

from events.data_catalog import TableChanged, TableDefined, TableRemoved
from events.design import Event


class TableVersion(msgspec.Struct, frozen=True):
    """One version: its number (Glue counts from 0), when the table and the version were made, and the definition."""

    number: int
    created_at: int
    modified_at: int
    definition: dict[str, Any]


def versions_of(events: Sequence[Event]) -> list[TableVersion]:
    """The versions that a table has after these events, oldest first; a table that was deleted has none."""
    versions: list[TableVersion] = []
    for event in events:
        match event:
            case TableDefined():
                versions = [TableVersion(0, event.at, event.at, event.definition)]
            case TableChanged():
                first = versions[0].created_at
                versions.append(TableVersion(len(versions), first, event.at, event.definition))
            case TableRemoved():
                versions = []
    return versions
