"""A table's partitions, folded: what each location holds.

They are kept by location, because no two partitions of a table share one; so adding and removing need no search. The
values are plain JSON, which is how rows come back.
"""

from typing import Any

from events.data_catalog import PartitionsAdded, PartitionsRemoved

Partitions = dict[str, dict[str, Any]]
"""Values and CreationTime (milliseconds) by location."""


def evolved(before: Partitions, event: PartitionsAdded | PartitionsRemoved) -> Partitions:
    """The partitions after one more event."""
    if isinstance(event, PartitionsAdded):
        added = {p.location: {"Values": list(p.values), "CreationTime": event.at} for p in event.partitions}
        return {**before, **added}
    gone = set(event.locations)
    return {location: partition for location, partition in before.items() if location not in gone}
