"""What becomes of the data catalog: databases and tables made, changed and removed, by a client or by a crawl.

Names of databases and tables are lower case, as in Glue; whoever sends them makes them so.
"""

from collections.abc import Iterator
from typing import Any

from daemon import catalog_commands as commands
from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.errors import AlreadyExists, EntityNotFound
from events import data_catalog
from events.design import Event
from events.vocabulary import (
    CatalogPartition,
    StreamId,
    database_stream,
    partition_key,
    partitions_stream,
    table_key,
    table_stream,
)
from projections.designs import Definition, Designs

Events = list[tuple[StreamId, Event]]
PARTITIONS_AN_EVENT = 1_000


def define_database(command: commands.DefineDatabase, situation: Situation) -> Decision:
    """A new database."""
    if situation.standing.designs.find("database", command.name) is not None:
        raise AlreadyExists("Database already exists.")
    defined = data_catalog.DatabaseDefined(situation.at, situation.by, command.name, command.definition, command.tags)
    return on_stream(database_stream(command.name), defined)


def change_database(command: commands.ChangeDatabase, situation: Situation) -> Decision:
    """Overwrites the definition; tags and tables stay."""
    database = defined_database(situation.standing.designs, command.name)
    if database.body == command.definition:
        return Decision()
    return on_stream(database.stream, data_catalog.DatabaseChanged(situation.at, situation.by, command.definition))


def remove_database(command: commands.RemoveDatabase, situation: Situation) -> Decision:
    """The database with its tables, as in Glue."""
    database = defined_database(situation.standing.designs, command.name)
    events: Events = []
    for table in situation.standing.designs.tables_of(command.name):
        events += removal(table, situation)
    return Decision((*events, (database.stream, data_catalog.DatabaseRemoved(situation.at, situation.by))))


def define_table(command: commands.DefineTable, situation: Situation) -> Decision:
    """A new table in a database that exists."""
    designs = situation.standing.designs
    defined_database(designs, command.database)
    if designs.find("table", table_key(command.database, command.name)) is not None:
        raise AlreadyExists("Table already exists.")
    defined = data_catalog.TableDefined(situation.at, situation.by, command.database, command.name, command.definition)
    return on_stream(table_stream(command.database, command.name), defined)


def change_table(command: commands.ChangeTable, situation: Situation) -> Decision:
    """A new version of a table."""
    table = defined_table(situation.standing.designs, command.database, command.name)
    if table.body == command.definition:
        return Decision()
    return on_stream(table.stream, data_catalog.TableChanged(situation.at, situation.by, command.definition))


def remove_table(command: commands.RemoveTable, situation: Situation) -> Decision:
    """A table with its partitions."""
    table = defined_table(situation.standing.designs, command.database, command.name)
    return Decision(tuple(removal(table, situation)))


def add_partitions(command: commands.AddPartitions, situation: Situation) -> Decision:
    """More partitions for a table. Glue: one that is there already keeps none of the others out."""
    table = defined_table(situation.standing.designs, command.database, command.name)
    known = set(partitions_of(situation.standing.designs, table))
    new, taken = [], []
    for partition in command.partitions:
        key = partition_key(partition.values)
        new.append(partition) if key not in known else taken.append(partition.values)
        known.add(key)
    stream = partitions_stream(command.database, command.name)
    return Decision(tuple(additions(stream, tuple(new), situation)), tuple(taken))


def change_partition(command: commands.ChangePartition, situation: Situation) -> Decision:
    """Another definition for a partition, and other values if no partition has them."""
    table = defined_table(situation.standing.designs, command.database, command.name)
    known, key = partitions_of(situation.standing.designs, table), partition_key(command.partition.values)
    if partition_key(command.values) not in known:
        raise EntityNotFound(f"Cannot find partition with the values {list(command.values)}.")
    if command.partition.values != command.values and key in known:
        raise AlreadyExists("Partition already exists.")
    changed = data_catalog.PartitionChanged(situation.at, situation.by, command.values, command.partition)
    return on_stream(partitions_stream(command.database, command.name), changed)


def remove_partitions(command: commands.RemovePartitions, situation: Situation) -> Decision:
    """The partitions that are there go; the others are answered."""
    table = defined_table(situation.standing.designs, command.database, command.name)
    known = partitions_of(situation.standing.designs, table)
    there = {values: partition_key(values) in known for values in command.values}
    stream = partitions_stream(command.database, command.name)
    gone = removals(stream, tuple(values for values, known in there.items() if known), situation)
    return Decision(tuple(gone), tuple(values for values, known in there.items() if not known))


def defined_database(designs: Designs, name: str) -> Definition:
    """The database of this name. Raises EntityNotFound."""
    database = designs.find("database", name)
    if database is None:
        raise EntityNotFound(f"Database {name} not found.")
    return database


def defined_table(designs: Designs, database: str, name: str) -> Definition:
    """The table of this name. Raises EntityNotFound."""
    defined_database(designs, database)
    table = designs.find("table", table_key(database, name))
    if table is None:
        raise EntityNotFound(f"Table {name} not found.")
    return table


def partitions_of(designs: Designs, table: Definition) -> dict[str, dict[str, Any]]:
    """The partitions of a table by `partition_key`."""
    found = designs.find("partitions", table.name)
    return found.body if found is not None else {}


def removal(table: Definition, situation: Situation) -> Events:
    """The end of a table and of its partitions."""
    events: Events = [(table.stream, data_catalog.TableRemoved(situation.at, situation.by))]
    partitions = situation.standing.designs.find("partitions", table.name)
    if partitions is not None:
        events.append((partitions.stream, data_catalog.PartitionsCleared(situation.at, situation.by)))
    return events


def additions(
    stream: StreamId, partitions: tuple[CatalogPartition, ...], situation: Situation
) -> Iterator[tuple[StreamId, Event]]:
    """More partitions, in events of a bounded size."""
    for start in range(0, len(partitions), PARTITIONS_AN_EVENT):
        piece = partitions[start : start + PARTITIONS_AN_EVENT]
        yield stream, data_catalog.PartitionsAdded(situation.at, situation.by, piece)


def removals(
    stream: StreamId, values: tuple[tuple[str, ...], ...], situation: Situation
) -> Iterator[tuple[StreamId, Event]]:
    """Fewer partitions, in events of a bounded size."""
    for start in range(0, len(values), PARTITIONS_AN_EVENT):
        piece = values[start : start + PARTITIONS_AN_EVENT]
        yield stream, data_catalog.PartitionsRemoved(situation.at, situation.by, values=piece)
