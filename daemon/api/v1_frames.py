"""`GET /v1/runs/{id}/frames`: a run's history for a slider.

Each frame tells an event, what it touched in the graph, and how that and the run stood then. They are laid over the
graph as of the first of them, which is `GET /v1/runs/{id}?at=` its sequence.
"""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1 import JSON, whole
from daemon.api.v1_documents import counts, moment
from daemon.engine import Engine
from events.vocabulary import run_stream
from projections.frames import Frame

DEFAULT_FRAMES = 1_000
MOST_FRAMES = 10_000
_HIGHEST = 2**63 - 1


class Frames:
    """The read of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.routes = [Route("/v1/runs/{run_id}/frames", self.frames)]

    async def frames(self, request: Request) -> Response:
        """The frames after a position, oldest first, of a run, a job run or a crawl; at most `limit`."""
        run_id = request.path_params["run_id"]
        after = whole(request, "after", 0, (0, _HIGHEST))
        limit = whole(request, "limit", DEFAULT_FRAMES, (1, MOST_FRAMES))
        self._engine.refuse_archived(run_id)
        page = await self._engine.replays.frames(run_stream(run_id), after, limit)
        shown = {"run_id": run_id, "frames": [frame(one) for one in page.frames], "next": page.next}
        return Response(orjson.dumps(shown), media_type=JSON)


def frame(shown: Frame) -> dict[str, Any]:
    """One frame. `state` is null where the vertex never ran or did not fire, and where there is none."""
    return {
        "sequence": shown.position,
        "version": shown.version,
        "time": moment(shown.at),
        "by": shown.by,
        "type": shown.type,
        "text": shown.text,
        "vertex": shown.vertex,
        "state": shown.state,
        "status": shown.status,
        "outcome": shown.outcome,
        "statistics": counts(shown.statistics),
    }
