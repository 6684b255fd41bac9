"""The fact that a run's events were moved out of the log into an archive: the stub that stands for them.

It is committed in one transaction with the removal of the rows, which stay as hashes (`events/elisions.py`). So it
holds all that is to be known of the run without its events: the row of histories, where the chain of its stream stands,
and, where asked for, the graph that later runs take over by reference.

Field names are a storage format: see the room's docstring before renaming one.
"""

import msgspec

from events.design import Event
from events.vocabulary import Cause, NodeKey


class RowFailure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A node that ended badly by itself: the state of its newest attempt, and the beginning of its error."""

    node: NodeKey
    state: str
    attempt_id: str
    error: str | None = None


class RunRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run that has ended, as histories show it. `by` is who caused it; `statistics` are Glue's counts and `total` its
    TotalActions; `failures` are the first of `root_failures`, and so many nodes are `blocked` by them."""

    workflow: str
    status: str
    started_at: int
    completed_at: int
    modified_at: int
    cause: Cause
    by: str
    root: str
    total: int
    statistics: dict[str, int]
    previous: str = ""
    depth: int = 0
    properties: dict[str, str] = {}
    error: str | None = None
    failures: tuple[RowFailure, ...] = ()
    root_failures: int = 0
    blocked: int = 0


class Details(msgspec.Struct, frozen=True):
    """The packed graph of a run as of a version of its stream (`projections/checkpoints.py`, compressed by zlib)."""

    version: int
    graph: bytes


class RunArchived(Event, frozen=True):
    """The `events` events that a run's stream began with were moved into the archive `file` (its name alone) whose
    SHA-256 is `digest`. The first of them was at position `began`; `chain` is that of the last of them, in hex, empty
    for one from before there were chains.

    `attempts` are the lowest and the highest id of the attempts that the run executed, if it did any. `details` are
    there for the versions that runs refer to which stayed.
    """

    file: str
    digest: str
    events: int
    began: int
    chain: str
    run: RunRow
    attempts: tuple[str, ...] = ()
    details: tuple[Details, ...] = ()
