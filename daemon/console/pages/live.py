"""`GET /console/live`: what happens, as it happens, by Server-Sent Events.

A message's id is the sequence of its event in the log, so a browser that comes back says with `Last-Event-ID` exactly
what it has, also to the next daemon. A reader gets what is on the disk and nothing else. Nothing is kept for one that
reads slowly: it is written to when it has taken what was written before, and reads on in the log from there. One that
has missed so much that loading its page anew is cheaper, or that speaks of another log, is told to (`event: reset`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from daemon.api.v1_documents import moment
from daemon.console.changes import change_after, change_document
from daemon.console.page import Around
from daemon.console.rendering import log_of
from daemon.engine import Engine
from daemon.errors import EntityNotFound, LogUnavailable
from daemon.logs import get_logger
from daemon.mqtt.messages import About
from daemon.unreadable import UNREADABLE
from events.vocabulary import (
    CRAWL_STREAM_PREFIX,
    JOB,
    RUN_ID_PREFIX,
    StreamId,
    crawler_stream,
    database_stream,
    is_run_stream,
    job_stream,
    partitions_stream,
    run_stream,
    table_stream,
    workflow_stream,
)
from projections.frames import touched
from projections.rebuild import RecordedEvent
from projections.references import UnknownRun
from projections.tellings import told

RETRY_MILLIS = 2_000
BEAT_SECONDS = 15.0
"""How often something is written where nothing happens, so that both sides notice when the other is gone."""

LEAST_PAUSE_SECONDS = 0.05
"""Between two writes to one reader: what happens in it comes in one."""

AT_ONCE = 250
"""Events in one write, and between two turns of the event loop."""

MOST_BEHIND = 10_000
"""Events of the log; who has missed more loads the page anew."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}
log = get_logger()

Telling = Callable[[Sequence[RecordedEvent]], list[dict[str, Any]]]
"""The messages about some events, one for each that the reader wants; each has its `sequence`."""

Fits = Callable[[RecordedEvent, About], bool]
_CATALOG = (database_stream(""), table_stream("", "").rstrip("/"), partitions_stream("", "").rstrip("/"))
"""How the names of the streams begin that hold the catalog."""


class _Wanted(NamedTuple):
    """What a reader wants to hear of: one stream of the log, or all of it; and how that is told."""

    stream: StreamId | None
    tell: Telling


class Live:
    """The stream of one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self.reads = [Route("/console/live", self.follow, methods=["GET"])]
        self.writes: list[Route] = []

    async def follow(self, request: Request) -> Response:
        """What follows the position that `Last-Event-ID` says, else `after`: of a `run`, of a `workflow`, of a job or a
        crawler (`node`, by its key), of the catalog (`catalog=1`), or of all. `log` is the log that the position is
        of."""
        wanted = self._wanted(request)
        position, missed = self._begins(request)
        stream = _Stream(self._engine, wanted, position, missed)
        return StreamingResponse(stream.text(), headers=HEADERS, media_type="text/event-stream")

    def _begins(self, request: Request) -> tuple[int, str]:
        """The position to go on after, and why the page is to be loaded anew; empty if it is not."""
        head = self._engine.feed.head
        asked = request.headers.get("last-event-id") or request.query_params.get("after", "")
        if not asked:
            return head, ""
        named = request.query_params.get("log")
        after = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else -1
        if after > head or after < 0 or (named and named != log_of(self._engine)):
            return head, "another log"
        return (head, "too old") if head - after > MOST_BEHIND else (after, "")

    def _wanted(self, request: Request) -> _Wanted:
        query, feed = request.query_params, self._engine.feed
        run, workflow = query.get("run"), query.get("workflow")
        if run is not None:
            stream = run_stream(run)
            if not feed.page(0, 1, stream):
                raise EntityNotFound(f"There is no run, job run or crawl with the id {run[:300]!r}.")
            return _Wanted(stream, lambda events: _of_run(self._engine, stream, events))
        if workflow is not None and not feed.page(0, 1, workflow_stream(workflow)):
            raise EntityNotFound(f"There never was a workflow {workflow[:300]!r}.")
        fits = _fitting(workflow, query.get("node"), query.get("catalog") == "1")
        return _Wanted(None, lambda events: _of_all(self._engine, fits, events))


class _Stream:
    """What one reader is told."""

    def __init__(self, engine: Engine, wanted: _Wanted, after: int, missed: str) -> None:
        self._engine = engine
        self._wanted = wanted
        self._after = after
        self._missed = missed

    async def text(self) -> AsyncIterator[str]:
        """The stream's text, until the daemon stops; a reader that goes away cancels it."""
        yield f"retry: {RETRY_MILLIS}\nid: {self._after}\n\n"
        if self._missed:
            yield _message("reset", self._after, {"reason": self._missed})
        loop = asyncio.get_running_loop()
        beat = loop.time() + BEAT_SECONDS
        while self._engine.status != "stopping":
            if self._after < self._engine.feed.head:
                piece = await self._piece()
                if piece:
                    beat = loop.time() + BEAT_SECONDS
                    yield piece
                await asyncio.sleep(LEAST_PAUSE_SECONDS)
            elif loop.time() < beat:
                await self._engine.commits.wait(beat - loop.time())
            else:
                beat = loop.time() + BEAT_SECONDS
                yield ":\n" + _message("beat", self._after, {})

    async def _piece(self) -> str:
        """The messages about the next events, which may be none. What they say may be ahead of those events, never of
        the disk."""
        head = self._engine.feed.head
        try:
            if self._wanted.stream is not None:
                await self._engine.recall(self._wanted.stream)
            events = self._engine.feed.page(self._after, AT_ONCE, self._wanted.stream)
            told = self._wanted.tell(events)
            await self._engine.settled()
        except LogUnavailable:
            return ""
        except UNREADABLE as error:
            log.error("log_unreadable", request_id="live", reason=str(error))
            self._after = head
            return _message("reset", head, {"reason": "unreadable"})
        self._after = events[-1].position if len(events) == AT_ONCE else head
        return "".join(_message("change", one["sequence"], one) for one in told)


def _message(name: str, position: int, data: dict[str, Any]) -> str:
    return f"event: {name}\nid: {position}\ndata: {orjson.dumps(data).decode()}\n\n"


def _of_run(engine: Engine, stream: StreamId, events: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
    """Every event of a run, and how what it touched stands now."""
    try:
        graph = engine.graph(stream)
    except UnknownRun:
        return []
    return [change_document(change_after(graph, recorded)) for recorded in events]


def _fitting(workflow: str | None, node: str | None, catalog: bool) -> Fits:
    """Which events are wanted: those of a workflow, else of a job or crawler, else of the catalog, else all."""
    if workflow is not None:
        return lambda recorded, about: about.workflow == workflow
    if node is not None:
        kind, _, name = node.partition(":")
        defined = job_stream(name) if kind == JOB else crawler_stream(name)
        return lambda recorded, about: recorded.stream == defined or touched(recorded.event) == node
    return lambda recorded, about: not catalog or recorded.stream.startswith(_CATALOG)


def _of_all(engine: Engine, fits: Fits, events: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
    """The events that fit: enough to know what to look at anew."""
    found = []
    for recorded in events:
        about = engine.feed.about(recorded)
        if fits(recorded, about):
            run = recorded.stream.removeprefix(CRAWL_STREAM_PREFIX) if is_run_stream(recorded.stream) else None
            found.append(
                {
                    "sequence": recorded.position,
                    "time": moment(recorded.event.at),
                    "text": told(recorded.event),
                    "workflow": about.workflow or None,
                    "run": run,
                    "began": recorded.version == 1 and recorded.stream.startswith(RUN_ID_PREFIX),
                }
            )
    return found
