"""A table's partitions, folded: what each combination of key values holds.

They are kept by their values, which no two partitions of a table share; so adding and removing need no search. What is
kept is plain JSON, which is how rows come back.
"""

from typing import Any

from events.data_catalog import PartitionChanged, PartitionsAdded, PartitionsRemoved
from events.vocabulary import CatalogPartition, partition_key

Partitions = dict[str, dict[str, Any]]
"""Values, Location, Definition and CreationTime (milliseconds) by `partition_key`."""


def evolved(before: Partitions, event: PartitionsAdded | PartitionChanged | PartitionsRemoved) -> Partitions:
    """The partitions after one more event."""
    match event:
        case PartitionsAdded():
            return {**before, **{partition_key(p.values): _kept(p, event.at) for p in event.partitions}}
        case PartitionChanged():
            old = partition_key(event.values)
            kept = {key: partition for key, partition in before.items() if key != old}
            created_at = before[old]["CreationTime"] if old in before else event.at
            return {**kept, partition_key(event.partition.values): _kept(event.partition, created_at)}
    gone, places = {partition_key(values) for values in event.values}, set(event.locations)
    return {key: kept for key, kept in before.items() if key not in gone and kept["Location"] not in places}


def _kept(partition: CatalogPartition, created_at: int) -> dict[str, Any]:
    return {
        "Values": list(partition.values),
        "Location": partition.location,
        "Definition": partition.definition,
        "CreationTime": created_at,
    }
