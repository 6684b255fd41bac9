"""The shape of a decision, and the situation it is made in."""

from copy import copy
from datetime import UTC, datetime
from typing import Any

import msgspec

from daemon.commands import Command
from daemon.errors import EntityNotFound, RunInArchive
from events.design import Event
from events.vocabulary import RUN_ID_PREFIX, IdSource, StreamId
from projections.references import UnknownRun
from projections.run_values import RunGraph
from projections.standing import Standing


class Decision(msgspec.Struct, frozen=True):
    """Events to append, all or none, in order, each with its stream; and what to answer once they are on disk.

    `touched` names runs that may owe something although no event of theirs was decided.
    """

    events: tuple[tuple[StreamId, Event], ...] = ()
    answer: Any = None
    touched: tuple[StreamId, ...] = ()


class Situation:
    """What a decision may look at: how things stand, the moment, a source of ids, and whether Glue's limits are kept
    to the letter."""

    __slots__ = ("at", "by", "ids", "standing", "strict")

    def __init__(self, standing: Standing, command: Command, strict: bool) -> None:
        self.standing = standing
        self.at = command.at
        self.by = command.by
        self.ids = IdSource(command.at, command.seed)
        self.strict = strict

    def queueing(self) -> "Situation":
        """The same situation for a job run that may wait, which strict-glue allows when its request says so."""
        return self._with_strict(False)

    def refusing(self) -> "Situation":
        """The same situation for a job run that may not wait unless its job says so."""
        return self._with_strict(True)

    def _with_strict(self, strict: bool) -> "Situation":
        other = copy(self)
        other.strict = strict
        return other


def on_stream(stream: StreamId, *events: Event, answer: Any = None) -> Decision:
    """A decision that touches one stream."""
    return Decision(tuple((stream, event) for event in events), answer)


def with_nodes(graph: RunGraph) -> RunGraph:
    """The same graph. Raises RunInArchive for a run of which the log holds no more than its row."""
    event = graph.archived
    if event is None:
        return graph
    at = datetime.fromtimestamp(event.at // 1000, UTC)
    raise RunInArchive(
        f"The events of run {graph.run_id} were archived at {at:%Y-%m-%dT%H:%M:%SZ} by {event.by} into {event.file}; "
        f"here is only what its history row says. 'reglue audit import {event.file} --state-dir DIR' reads that file "
        "into an empty state directory."
    )


def run_of_workflow(standing: Standing, workflow: str, run_id: str) -> RunGraph:
    """The graph of a workflow's run. Raises EntityNotFound when there is no such run.

    A run outlives its workflow: it goes on by its own snapshot, so whoever has its id can still read it, stop it and
    let its jobs use its properties. Glue does not say what DeleteWorkflow does to runs under way; refusing to stop what
    keeps running would help nobody.
    """
    try:
        graph = standing.graph(run_id) if run_id.startswith(RUN_ID_PREFIX) else None
    except UnknownRun:
        graph = None
    if graph is not None and graph.workflow == workflow:
        return graph
    if standing.designs.workflow(workflow) is None:
        raise EntityNotFound(f"Workflow {workflow!r} does not exist.")
    raise EntityNotFound(f"Workflow {workflow!r} has no run with the id {run_id!r}.")
