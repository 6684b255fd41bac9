"""`GET /v1/events` and `GET /v1/runs/{id}/events`: the log, or what of it is a run's, in pages, in the words that
monitors get by MQTT; `/asyncapi.json` explains them.

It is for a monitor that saw a gap or has no MQTT, and strictly what is on the disk. A request looks at so many events
and no more, whatever it asks for, and says where the next one is to begin: a busy daemon answers everybody else in
between.
"""

import asyncio
import importlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1 import JSON, whole
from daemon.engine import Engine
from daemon.errors import EntityNotFound, InvalidInput
from daemon.mqtt.messages import Origin, cloud_event
from events.vocabulary import StreamId, run_stream, workflow_stream
from projections.rebuild import RecordedEvent

NDJSON = "application/x-ndjson"
DEFAULT_EVENTS = 100
MOST_EVENTS = 1_000
MOST_BYTES = 8 * 1024 * 1024
"""A page that has grown so large ends there; a single event may be larger."""

MOST_LOOKED_AT = 10_000
"""How many events one request looks through for those of one workflow."""

AT_ONCE = 200
"""Events between two turns of the event loop: a few milliseconds."""

LONGEST_WAIT_SECONDS = 30
LOOK_SECONDS = 0.5
"""How often a request that waits looks whether its client is still there."""
_HIGHEST = 2**63 - 1


class _Asked(msgspec.Struct, frozen=True):
    """What a request asks for."""

    after: int
    limit: int
    wait: int
    workflow: str | None
    streams: Sequence[StreamId] | None
    """Those of one run, or of it and the runs that it was resumed from."""


class _Page(NamedTuple):
    """Events as JSON, the position of the newest event of all, and where to go on: None at the end."""

    events: list[bytes]
    head: int
    next: int | None


class Events:
    """The reads of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._feed = engine.feed
        self.routes = [
            Route("/v1/events", self.events),
            Route("/v1/runs/{run_id}/events", self.events),
            Route("/asyncapi.json", self.contract),
        ]

    async def events(self, request: Request) -> Response:
        """The events after a position, oldest first; with `wait`, as soon as there are any. Those of a run come with
        `include=chain` together with those of the runs that it was resumed from."""
        asked = self._asked(request)
        page = await self._read(asked)
        ends = asyncio.get_running_loop().time() + (asked.wait if request.method == "GET" else 0)
        while not page.events and page.next is None and await self._has_grown(page.head, ends, request):
            page = await self._read(msgspec.structs.replace(asked, after=page.head))
        return self._answer(page, NDJSON in request.headers.get("accept", ""))

    async def contract(self, request: Request) -> Response:
        """What monitors read, and where: AsyncAPI 3. Its schemas are loaded when they are asked for: they take a
        twentieth of the daemon's start."""
        asyncapi = await asyncio.to_thread(importlib.import_module, "daemon.mqtt.asyncapi")
        described = asyncapi.document(self._engine.settings.mqtt_namespace, self._broker())
        return Response(orjson.dumps(described), media_type=JSON)

    def _broker(self) -> str:
        """Where monitors connect, without user and password; empty if nowhere."""
        mqtt = self._engine.monitors()
        if "embedded" in mqtt:
            return str(mqtt["embedded"]["url"])
        return str(mqtt.get("broker") or "")

    def _asked(self, request: Request) -> _Asked:
        query, head = request.query_params, self._feed.head
        after = whole(request, "after", 0, (0, _HIGHEST))
        if after > head:
            raise InvalidInput(
                f"after is {after}, and the newest event of this log is {head}: that position is another log's."
                " Begin at after=0."
            )
        return _Asked(
            after,
            whole(request, "limit", DEFAULT_EVENTS, (1, MOST_EVENTS)),
            whole(request, "wait", 0, (0, LONGEST_WAIT_SECONDS)),
            self._workflow(query.get("workflow")),
            self._streams(request.path_params.get("run_id") or query.get("run"), query.get("include")),
        )

    def _workflow(self, name: str | None) -> str | None:
        """Deleted workflows are known too, for their events are."""
        if name is not None and not self._feed.page(0, 1, workflow_stream(name)):
            raise EntityNotFound(f"There never was a workflow {name[:300]!r}.")
        return name

    def _streams(self, run_id: str | None, include: str | None) -> Sequence[StreamId] | None:
        if include not in (None, "chain"):
            raise InvalidInput(f"include is '{include[:100]}': it must be chain, or left out.")
        if run_id is None:
            return None
        stream = run_stream(run_id)
        chain = self._feed.chain(stream)
        if not chain:
            raise EntityNotFound(f"There is no run, job run or crawl with the id {run_id[:300]!r}.")
        self._engine.refuse_archived(run_id)
        return chain if include else chain[:1]

    async def _read(self, asked: _Asked) -> _Page:
        """One page. `next` is there when the page ended for another reason than that there is no more."""
        found: list[bytes] = []
        head, after, room, looked = self._feed.head, asked.after, MOST_BYTES, 0
        while after < head and len(found) < asked.limit and room > 0 and looked < MOST_LOOKED_AT:
            part = self._part(asked, after)
            for recorded in part:
                after = recorded.position
                event = self._event(recorded, asked.workflow)
                if event is not None:
                    found.append(event)
                    room -= len(event)
                if len(found) == asked.limit or room <= 0:
                    break
            looked += len(part)
            after = after if part else head
            await asyncio.sleep(0)
        return _Page(found, max(head, after), after if after < head else None)

    def _part(self, asked: _Asked, after: int) -> Sequence[RecordedEvent]:
        limit = min(AT_ONCE, asked.limit) if asked.workflow is None else AT_ONCE
        if asked.streams is not None and len(asked.streams) > 1:
            return self._feed.merged(asked.streams, after, limit)
        return self._feed.page(after, limit, asked.streams[0] if asked.streams else None)

    def _event(self, recorded: RecordedEvent, workflow: str | None) -> bytes | None:
        """One event as monitors get it, but never cut; None for another workflow's."""
        about = self._feed.about(recorded)
        if workflow is not None and about.workflow != workflow:
            return None
        return orjson.dumps(cloud_event(recorded, self._origin(), about))

    def _origin(self) -> Origin:
        origin = self._feed.origin()
        assert origin is not None, "a log with an event has an id"
        return origin

    async def _has_grown(self, head: int, ends: float, request: Request) -> bool:
        """Wait for an event after the head; False when the time is up, the client gone or the daemon about to stop."""
        loop = asyncio.get_running_loop()
        while self._feed.head <= head:
            is_over = loop.time() >= ends or self._engine.status == "stopping"
            if is_over or await request.is_disconnected():
                return False
            if self._feed.head <= head:
                await self._engine.commits.wait(min(LOOK_SECONDS, max(0.0, ends - loop.time())))
        return True

    def _answer(self, page: _Page, as_lines: bool) -> Response:
        if as_lines:
            headers = {"Reglue-Head": str(page.head)}
            headers |= {"Reglue-Next": str(page.next)} if page.next is not None else {}
            body = b"".join(event + b"\n" for event in page.events)
            return Response(body, headers=headers, media_type=NDJSON)
        events = [orjson.Fragment(event) for event in page.events]
        shown = {"events": events, "head": page.head, "next": page.next}
        return Response(orjson.dumps(shown), media_type=JSON)
