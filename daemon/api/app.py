"""The ASGI application: takes every request, and makes responses of errors, in this one place.

`POST /` is the Glue wire, the busiest path, and is answered without a framework in between; everything else is routed
by Starlette. A client sees an error's code and text and never a traceback; what was not foreseen is logged with the
request id that the client has in its hands.
"""

import uuid

from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from daemon.api import (
    identity,
    metrics,
    v1,
    v1_archives,
    v1_events,
    v1_frames,
    v1_lineage,
    v1_lint,
    v1_resume,
    v1_schedules,
    v1_seals,
    wire,
)
from daemon.api.admission import Admission
from daemon.api.nothing_here import nothing_here
from daemon.api.request_body import ClientGone, read_body
from daemon.console.on_demand import ConsoleOnDemand, is_console
from daemon.engine import Engine
from daemon.errors import LogUnavailable, ReglueError
from daemon.logs import get_logger
from daemon.mqtt.doors import Doors
from daemon.unreadable import UNREADABLE

log = get_logger()


def build_app(engine: Engine) -> "Edge":
    """The application over an engine. Takes HTTP only: run it with lifespan and websockets off."""
    return Edge(engine)


class Edge:
    """The application; `doors` are how others than clients of HTTP come in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._admission = Admission(engine.settings.host)
        self._wire = wire.Wire(engine)
        self._console = ConsoleOnDemand(engine, self._wire.carry_out)
        seals = v1_seals.Seals(engine)
        resuming = v1_resume.Resuming(engine)
        self.doors = Doors(self._wire.carry_out, resuming.carry_out)
        writes = [*resuming.routes, *seals.changes, *v1_archives.Archives(engine).changes]
        self._writes = Router(writes, redirect_slashes=False, default=nothing_here)
        log = (v1_events.Events(engine), v1_frames.Frames(engine), seals, metrics.Metrics(engine))
        runs = (v1.V1(engine), v1_lineage.Lineage(engine))
        reads = (*runs, v1_lint.Lint(engine), v1_schedules.Schedules(engine), *log)
        routes = [route for read in reads for route in read.routes]
        self._router = Router(routes, redirect_slashes=False, default=nothing_here)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"This application takes HTTP, not {scope['type']}: turn that off in the server.")
        exchange = _Exchange(scope, receive, send, self._console)
        try:
            await self._answer(exchange)
        except ClientGone:
            return
        except ReglueError as error:
            await exchange.send_error(await self._confirmed(error))
        except UNREADABLE as error:
            await exchange.send_unreadable(error)
        except Exception as error:
            await exchange.send_unforeseen(error)

    async def _confirmed(self, error: ReglueError) -> ReglueError:
        """An error may rest on what is queued for the log, a deletion say: like any answer it waits for the disk."""
        if isinstance(error, LogUnavailable):
            return error  # rests on nothing, and says best what became of the request
        try:
            await self._engine.settled()
        except LogUnavailable as unavailable:
            return unavailable
        return error

    async def _answer(self, exchange: "_Exchange") -> None:
        scope, receive = exchange.scope, exchange.receive
        headers: dict[bytes, bytes] = dict(scope["headers"])
        self._admission.check(headers)
        if exchange.is_glue:
            body = await read_body(headers, receive)
            if exchange.is_form:
                account = self._engine.settings.account
                await exchange.send_glue(200, identity.answered(headers, body, account, exchange.request_id))
            else:
                await exchange.send_glue(200, await self._wire.answer(headers, body))
        elif scope["method"] not in ("GET", "HEAD", "POST"):
            await nothing_here(scope, receive, exchange.send)
        elif is_console(scope["path"]):
            await self._console(scope, receive, exchange.send)
        elif scope["method"] == "POST":
            await self._writes(scope, receive, exchange.send)
        else:
            await self._router(scope, receive, exchange.send)


class _Exchange:
    """One request and its response, which is Glue's, ours, or a page of the console."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, console: ConsoleOnDemand) -> None:
        self._console = console
        self.scope = scope
        self.receive = receive
        self.is_glue = scope["path"] == "/" and scope["method"] == "POST"
        self.is_form = self.is_glue and identity.is_form(dict(scope["headers"]))
        self.request_id = str(uuid.uuid4())
        self._send = send
        self._has_begun = False

    async def send(self, message: Message) -> None:
        """Passes a part of the response on."""
        self._has_begun = True
        await self._send(message)

    async def send_glue(self, status: int, body: bytes) -> None:
        """A whole response in the form of Glue, or of the services that take forms."""
        headers = [
            (b"content-type", identity.CONTENT_TYPE if self.is_form else wire.CONTENT_TYPE),
            (b"content-length", b"%d" % len(body)),
            (b"x-amzn-requestid", self.request_id.encode()),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def send_error(self, error: ReglueError) -> None:
        """An error as the response."""
        if self.is_form:
            await self.send_glue(error.status, identity.error_body(error, self.request_id))
        elif self.is_glue:
            await self.send_glue(error.status, wire.error_body(error))
        elif is_console(self.scope["path"]):
            await self._console.send_error(error, self.scope, self.receive, self._send)
        else:
            await v1.error_response(error)(self.scope, self.receive, self.send)

    async def send_unreadable(self, error: Exception) -> None:
        """Says that what was asked for cannot be read from the log any more; everything else still can."""
        log.error("log_unreadable", request_id=self.request_id, reason=str(error))
        await self.send_error(ReglueError(str(error)))

    async def send_unforeseen(self, error: Exception) -> None:
        """Logs what was not foreseen; the client learns where to look. A response that has begun is cut off."""
        log.error(
            "request_failed",
            request_id=self.request_id,
            method=self.scope["method"],
            path=self.scope["path"],
            target=dict(self.scope["headers"]).get(b"x-amz-target", b"").decode("latin-1"),
            exc_info=error,
        )
        if self._has_begun:
            raise error
        await self.send_error(
            ReglueError(
                f"Something went wrong inside the daemon: its log has more, under request_id {self.request_id}."
            )
        )
