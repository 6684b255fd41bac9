"""`GET /v1/schedules`: everything that is scheduled, what comes due next first, each with its last firing."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1 import JSON, whole
from daemon.api.v1_documents import moment
from daemon.engine import Engine
from daemon.scheduler import next_due
from events.schedules import ScheduleFired
from events.vocabulary import node_key
from projections.designs import Definition

DEFAULT_SCHEDULES = 50
MOST_SCHEDULES = 10_000


class Schedules:
    """The read of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.routes = [Route("/v1/schedules", self.schedules)]

    async def schedules(self, request: Request) -> Response:
        """The active schedules, `limit` of them (50 unless told), and how many `more` there are."""
        limit = whole(request, "limit", DEFAULT_SCHEDULES, (1, MOST_SCHEDULES))
        found = [(_next(definition), definition) for definition in self._engine.standing.designs.scheduled()]
        found.sort(key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1].stream))
        shown = [_document(definition, due) for due, definition in found[:limit]]
        body = orjson.dumps({"schedules": shown, "more": max(len(found) - limit, 0)})
        await self._engine.settled()
        return Response(body, media_type=JSON)


def _next(definition: Definition) -> int | None:
    assert definition.schedule is not None
    return next_due(definition.schedule)


def _document(definition: Definition, due: int | None) -> dict[str, Any]:
    """One schedule. `starts` are the workflow or the nodes that a firing starts; `next` is null if none comes."""
    assert definition.schedule is not None
    return {
        "kind": definition.kind,
        "name": definition.name,
        "schedule": definition.schedule.expression,
        "starts": _starts(definition),
        "next": moment(due),
        "since": moment(definition.schedule.since),
        "last": _last(definition.schedule.last),
    }


def _starts(definition: Definition) -> list[str]:
    if definition.trigger is None:
        return [node_key("CRAWLER", definition.name)]
    if definition.trigger.workflow_name:
        return [f"WORKFLOW:{definition.trigger.workflow_name}"]
    return list(dict.fromkeys(action.node for action in definition.trigger.actions))


def _last(fired: ScheduleFired | None) -> dict[str, Any] | None:
    if fired is None:
        return None
    return {
        "due": moment(fired.due),
        "fired_at": moment(fired.at),
        "catch_up": fired.catch_up,
        "missed_since": moment(fired.missed_since),
        "started": fired.started,
        "error": fired.error,
    }
