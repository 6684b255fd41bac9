"""Facts about the data catalog: databases, tables and partitions.

A database and a table have a stream each; a table's partitions have one beside it, because there may be very many of
them while the table itself hardly changes. Definitions keep the members of Glue's DatabaseInput and TableInput.

Field names are a storage format: see the room's docstring before renaming one.
"""

from typing import Any

import msgspec

from events.design import Event
from events.vocabulary import CatalogPartition


class DatabaseDefined(Event, frozen=True):
    """A database was created. `definition` holds the members of DatabaseInput but Name."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = msgspec.field(default_factory=dict)


class DatabaseChanged(Event, frozen=True):
    """A database was updated; `definition` is the whole of it, without Name."""

    definition: dict[str, Any]


class DatabaseRemoved(Event, frozen=True):
    """A database was deleted, after its tables."""


class TableDefined(Event, frozen=True):
    """A table was created. `definition` holds the members of TableInput but Name."""

    database: str
    name: str
    definition: dict[str, Any]


class TableChanged(Event, frozen=True):
    """A table has a new version; `definition` is the whole of it."""

    definition: dict[str, Any]


class TableRemoved(Event, frozen=True):
    """A table was deleted, with all its versions."""


class PartitionsAdded(Event, frozen=True):
    """A table has more partitions."""

    partitions: tuple[CatalogPartition, ...]


class PartitionChanged(Event, frozen=True):
    """The partition that had these values is another one now; its values may be others too."""

    values: tuple[str, ...]
    partition: CatalogPartition


class PartitionsRemoved(Event, frozen=True):
    """Partitions of a table are gone, named by their values; in older logs by their locations."""

    locations: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()


class PartitionsCleared(Event, frozen=True):
    """All partitions of a table are gone, because the table is."""
