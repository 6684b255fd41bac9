"""The partitions of the catalog's tables: read by values or by an expression, added, changed and removed."""

import asyncio
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from daemon import catalog_commands as commands
from daemon.api import render_catalog
from daemon.api.actions.call import Answer, Call
from daemon.api.actions.catalog import table_of
from daemon.api.partition_filter import Test, partition_filter
from daemon.api.render import present
from daemon.decisions.catalog import partitions_of
from daemon.errors import AlreadyExists, EntityNotFound, InvalidInput, ReglueError
from events.vocabulary import CatalogPartition, partition_key
from projections.designs import Definition

Values = tuple[str, ...]


class _Row(NamedTuple):
    """A partition in a listing; `name` is its place there."""

    name: str
    body: dict[str, Any]


def get_partitions(call: Call) -> Answer:
    """The partitions of a table, those that Expression chooses, in order of their values."""
    table, with_columns = table_of(call), not call.members.get("ExcludeColumnSchema", False)
    test: Test = partition_filter(call.members.get("Expression"), table.body.get("PartitionKeys", []))
    rows = [_Row(key, body) for key, body in sorted(_partitions(call, table).items()) if test(tuple(body["Values"]))]
    page, token = call.page_of(f"GetPartitions:{table.name}").of_names(_segment(call, rows))
    shown = [render_catalog.partition(table, row.body, with_columns=with_columns) for row in page]
    return present({"Partitions": shown, "NextToken": token})


def _segment(call: Call, rows: list[_Row]) -> list[_Row]:
    """Those of the segment that a client asks for, which shares the reading with others that ask for the rest."""
    segment = call.members.get("Segment")
    if segment is None:
        return rows
    number, total = segment["SegmentNumber"], segment["TotalSegments"]
    if number >= total:
        raise InvalidInput(f"Segment.SegmentNumber is {number}; with TotalSegments {total} it is {total - 1} at most.")
    return [row for row in rows if zlib.crc32(row.name.encode()) % total == number]


def get_partition(call: Call) -> Answer:
    """One partition, named by its values."""
    table, wanted = table_of(call), tuple(call.members["PartitionValues"])
    found = _partitions(call, table).get(partition_key(wanted))
    if found is None:
        raise EntityNotFound(f"Cannot find partition with the values {list(wanted)}.")
    return {"Partition": render_catalog.partition(table, found)}


def get_partition_indexes(call: Call) -> Answer:
    """None: partitions are found without an index here, and a table that asks for one is refused. Terraform looks
    after every table that it makes."""
    table_of(call)
    return {"PartitionIndexDescriptorList": []}


def batch_get_partition(call: Call) -> Answer:
    """Those of the partitions named that are there. Glue leaves out the others without a word."""
    table = table_of(call)
    known = _partitions(call, table)
    wanted = (known.get(partition_key(tuple(named["Values"]))) for named in call.members["PartitionsToGet"])
    return {"Partitions": [render_catalog.partition(table, body) for body in wanted if body], "UnprocessedKeys": []}


async def create_partition(call: Call) -> Answer:
    """Answers nothing."""
    table = table_of(call)
    added = _partition(table, call.members["PartitionInput"])
    if await call.engine.handle(commands.AddPartitions(*call.stamp, *render_catalog.names_of(table), (added,))):
        raise AlreadyExists("Partition already exists.")
    return {}


async def batch_create_partition(call: Call) -> Answer:
    """Adds those that can be added; answers why the others were not."""
    table, added, errors = table_of(call), [], []
    for described in call.members["PartitionInputList"]:
        try:
            added.append(_partition(table, described))
        except ReglueError as error:
            errors.append(_refused(described.get("Values", []), error))
    command = commands.AddPartitions(*call.stamp, *render_catalog.names_of(table), tuple(added))
    taken: Sequence[Values] = await call.engine.handle(command)
    errors += [_refused(values, AlreadyExists("Partition already exists.")) for values in taken]
    return {"Errors": errors}


async def update_partition(call: Call) -> Answer:
    """Overwrites a partition whole; answers nothing."""
    await _change(call, tuple(call.members["PartitionValueList"]), call.members["PartitionInput"])
    return {}


async def batch_update_partition(call: Call) -> Answer:
    """Overwrites those that are there; answers why the others were not."""
    entries = call.members["Entries"]
    tries = (_change(call, tuple(entry["PartitionValueList"]), entry["PartitionInput"]) for entry in entries)
    ends = await asyncio.gather(*tries, return_exceptions=True)
    errors = []
    for entry, end in zip(entries, ends, strict=True):
        if isinstance(end, ReglueError):
            errors.append({"PartitionValueList": entry["PartitionValueList"], "ErrorDetail": _detail(end)})
        elif end is not None:
            raise end
    return {"Errors": errors}


async def _change(call: Call, values: Values, described: dict[str, Any]) -> None:
    table = table_of(call)
    changed = _partition(table, described)
    await call.engine.handle(commands.ChangePartition(*call.stamp, *render_catalog.names_of(table), values, changed))


async def delete_partition(call: Call) -> Answer:
    """Answers nothing."""
    values = tuple(call.members["PartitionValues"])
    if await _remove(call, (values,)):
        raise EntityNotFound(f"Cannot find partition with the values {list(values)}.")
    return {}


async def batch_delete_partition(call: Call) -> Answer:
    """Deletes those that are there; answers the others."""
    wanted = tuple(tuple(named["Values"]) for named in call.members["PartitionsToDelete"])
    return {"Errors": [_refused(v, EntityNotFound("Partition not found.")) for v in await _remove(call, wanted)]}


async def _remove(call: Call, wanted: tuple[Values, ...]) -> Sequence[Values]:
    names = render_catalog.names_of(table_of(call))
    absent: Sequence[Values] = await call.engine.handle(commands.RemovePartitions(*call.stamp, *names, wanted))
    return absent


def _refused(values: Sequence[str], error: ReglueError) -> dict[str, Any]:
    return {"PartitionValues": list(values), "ErrorDetail": _detail(error)}


def _detail(error: ReglueError) -> dict[str, str]:
    return {"ErrorCode": error.code, "ErrorMessage": str(error)}


def _partitions(call: Call, table: Definition) -> dict[str, dict[str, Any]]:
    return partitions_of(call.engine.standing.designs, table)


def _partition(table: Definition, described: dict[str, Any]) -> CatalogPartition:
    """A PartitionInput. Raises InvalidInput."""
    definition = dict(described)
    values = tuple(definition.pop("Values", ()))
    if len(values) != len(table.body.get("PartitionKeys", [])):
        raise InvalidInput("The number of partition keys do not match the number of partition values")
    return CatalogPartition(values, definition.get("StorageDescriptor", {}).get("Location", ""), definition)
