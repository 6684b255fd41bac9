"""A run as a reader looks at it: as it stands now, or as it stood at a position of the log (`?at=`)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from starlette.requests import Request

from daemon.api import v1_documents
from daemon.api.v1 import whole
from daemon.decisions.decision import with_nodes
from daemon.engine import Engine
from projections.run_history import summarize
from projections.run_values import RunGraph
from projections.tellings import told

HIGHEST = 2**63 - 1


class Place(NamedTuple):
    """Where in a run's history a reader is: at the event `number` of `events`, and what happened in it. The positions
    of the events before and after it are None at the ends. Where the run is seen as it is now,
    there is only the position of its `last` event, which is None in its turn where an earlier moment is seen."""

    events: int
    number: int | None = None
    at: int | None = None
    time: str | None = None
    text: str = ""
    before: int | None = None
    after: int | None = None
    last: int | None = None


class Seen(NamedTuple):
    """The graph as it is looked at, the same as it stands now, the moment that is looked at, in milliseconds, and the
    runs that were made from this one by now, oldest first."""

    graph: RunGraph
    newest: RunGraph
    now: int
    place: Place
    resumed_by: Sequence[str]

    def head(self) -> dict[str, Any]:
        """What every page about it shows."""
        return {
            "run": v1_documents.run_summary(summarize(self.graph)),
            "place": self.place,
            "resumed_by": self.resumed_by,
            "now": v1_documents.moment(self.now),
            "as_of": self.place.at is not None,
        }


async def graph_of(engine: Engine, request: Request) -> RunGraph:
    """The run that the path names, as it stands now. Raises EntityNotFound."""
    return await engine.workflow_run(request.path_params["run_id"])


async def seen_of(engine: Engine, request: Request) -> Seen:
    """The run that the path names, as the query asks for it. Raises EntityNotFound, and InvalidInput for a position
    that the log has not come to."""
    newest = await graph_of(engine, request)
    resumed_by = engine.standing.resumes.of(newest.run_id)
    if not request.query_params.get("at"):
        return Seen(newest, newest, engine.now(), _now(engine, newest), resumed_by)
    at = whole(request, "at", 0, (0, HIGHEST))
    with_nodes(newest)
    await engine.settled()
    graph = await engine.replays.graph(newest.run_id, at)
    place, now = _place(engine, newest, graph.version)
    return Seen(graph, newest, now, place, resumed_by)


def _now(engine: Engine, newest: RunGraph) -> Place:
    """The place at the end; an event that is on its way to the disk has no position yet."""
    last = engine.feed.versions(newest.run_id, newest.version, newest.version)
    return Place(newest.version, last=last[0].position if last else None)


def _place(engine: Engine, newest: RunGraph, number: int) -> tuple[Place, int]:
    """The place of an event, by its version, and when that was."""
    around = {one.version: one for one in engine.feed.versions(newest.run_id, number - 1, number + 1)}
    here, before, after = around[number], around.get(number - 1), around.get(number + 1)
    place = Place(
        newest.version,
        number,
        here.position,
        v1_documents.moment(here.event.at),
        told(here.event),
        before.position if before is not None else None,
        after.position if after is not None else None,
    )
    return place, here.event.at
