"""What can be asked of the data catalog: one frozen value per wish, as in `daemon/commands.py`.

Names of databases and tables are lower case.
"""

from typing import Any

import msgspec

from daemon.commands import Command
from events.vocabulary import CatalogPartition


class DefineDatabase(Command, frozen=True):
    """Create a database; `definition` holds the members of DatabaseInput but Name."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = msgspec.field(default_factory=dict)


class ChangeDatabase(Command, frozen=True):
    """Overwrite a database's definition, whole; its name stays."""

    name: str
    definition: dict[str, Any]


class RemoveDatabase(Command, frozen=True):
    """Delete a database with its tables."""

    name: str


class DefineTable(Command, frozen=True):
    """Create a table; `definition` holds the members of TableInput but Name."""

    database: str
    name: str
    definition: dict[str, Any]


class ChangeTable(Command, frozen=True):
    """Give a table a new version; `definition` is the whole of it."""

    database: str
    name: str
    definition: dict[str, Any]


class RemoveTable(Command, frozen=True):
    """Delete a table with its partitions."""

    database: str
    name: str


class AddPartitions(Command, frozen=True):
    """Add partitions to a table, those that are not there yet. Answers the values of the others."""

    database: str
    name: str
    partitions: tuple[CatalogPartition, ...]


class ChangePartition(Command, frozen=True):
    """Overwrite the partition that has these values, whole; it may get other values."""

    database: str
    name: str
    values: tuple[str, ...]
    partition: CatalogPartition


class RemovePartitions(Command, frozen=True):
    """Delete the partitions that have these values, as far as there are such. Answers the values that none has."""

    database: str
    name: str
    values: tuple[tuple[str, ...], ...]
