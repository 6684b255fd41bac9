"""Takes commands by MQTT: the same commands, checks and errors as over HTTP, answered where the sender awaits it.

A command is for now: one that the broker kept (a retained message) is not carried out, and none is kept for a daemon
that is away. MQTT delivers at least once, so a command may come twice: one with an `id` that was carried out a short
while ago, or else with the same correlation data and content, gets the answer of the first. This is remembered in
memory; what holds over restarts are the ids of events (`notify`) and the tokens of plans (`resume`).

Who asks is what the message says: it is a claim, unless the broker lets nobody publish commands but those who are
trusted with it.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

import msgspec
import orjson

from daemon.engine import Engine
from daemon.errors import IdempotentParameterMismatch, LogUnavailable, ReglueError, Throttled
from daemon.logs import get_logger
from daemon.mqtt.command_requests import (
    Envelope,
    NoAnswerPossible,
    Notify,
    Request,
    Resume,
    Start,
    Stop,
    digest,
    opened,
    read,
)
from daemon.mqtt.connection import Connection, Lost
from daemon.mqtt.doors import Document, Doors
from daemon.mqtt.heard import Heard
from daemon.mqtt.packets import Message
from daemon.mqtt.topics import command_topic
from daemon.unreadable import UNREADABLE

REMEMBERED = 1_000
REMEMBERED_SECONDS = 600.0
MOST_AT_ONCE = 100
"""So many commands may be under way; more are refused until some are answered."""

LAST_WORDS_SECONDS = 1.0
ANSWER_TYPE = "application/json"
ANSWER_EXPIRY_SECONDS = 3600

log = get_logger()


class _Done(NamedTuple):
    """A command that was carried out, or is about to be."""

    asked: bytes
    answer: "asyncio.Future[Document]"
    at: float


class Desk:
    """See the module. `heard` takes a message, `close` ends what is under way."""

    def __init__(self, engine: Engine, doors: Doors) -> None:
        self._engine = engine
        self._doors = doors
        self._namespace = engine.settings.mqtt_namespace
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: OrderedDict[Hashable, _Done] = OrderedDict()
        self._carried_out = self._refused = self._ignored = 0
        self.topic = command_topic(self._namespace, "+")
        """What is to be subscribed to."""

    def health(self) -> dict[str, int]:
        """How many commands were carried out, were refused with an error, and were not taken for commands."""
        return {"carried_out": self._carried_out, "refused": self._refused, "ignored": self._ignored}

    def heard(self, heard: Heard, connection: Connection) -> None:
        """Takes a message; its answer goes over the connection that it came by."""
        if heard.retained:
            self._ignore(heard, "It was retained: a command is for those who are there when it is sent.")
            return
        try:
            envelope = opened(heard, self._namespace)
        except NoAnswerPossible as error:
            self._ignore(heard, str(error))
            return
        if len(self._tasks) >= 2 * MOST_AT_ONCE:
            self._ignore(heard, "Too many commands are under way, and too many were refused for that.")
            return
        is_busy = len(self._tasks) >= MOST_AT_ONCE
        task = asyncio.create_task(self._serve(envelope, connection, is_busy=is_busy), name="mqtt-command")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Lets what is under way be answered, but not for longer than a second."""
        if self._tasks:
            _, left = await asyncio.wait(set(self._tasks), timeout=LAST_WORDS_SECONDS)
            for task in left:
                task.cancel()

    def _ignore(self, heard: Heard, reason: str) -> None:
        self._ignored += 1
        log.warning("mqtt_command_ignored", topic=heard.topic, reason=reason)

    async def _serve(self, envelope: Envelope, connection: Connection, *, is_busy: bool) -> None:
        try:
            if is_busy:
                raise Throttled(f"{MOST_AT_ONCE} commands are under way. Ask again when some are answered.")
            answer = await self._answered(read(envelope), envelope)
        except ReglueError as error:
            confirmed = await self._confirmed(error)
            answer = {"error": confirmed.code, "message": str(confirmed)}
        except UNREADABLE as error:
            log.error("log_unreadable", reason=str(error))
            answer = {"error": ReglueError.code, "message": str(error)}
        except Exception as error:
            log.error("mqtt_command_failed", command=envelope.command, by=envelope.by, exc_info=error)
            answer = {
                "error": ReglueError.code,
                "message": "Something went wrong inside the daemon: its log has more, under mqtt_command_failed.",
            }
        self._note(envelope, answer)
        await self._reply(envelope, answer, connection)

    async def _confirmed(self, error: ReglueError) -> ReglueError:
        """An error may rest on what is not on the disk yet: like any answer it waits for that."""
        if isinstance(error, LogUnavailable):
            return error
        try:
            await self._engine.settled()
        except LogUnavailable as unavailable:
            return unavailable
        return error

    def _note(self, envelope: Envelope, answer: Document) -> None:
        error = answer.get("error")
        self._refused += error is not None
        self._carried_out += error is None
        # What it is about stands in the events that came of it; a refusal leaves none.
        reason = {"error": error, "reason": answer["message"]} if error is not None else {}
        log.info("mqtt_command", command=envelope.command[:100], by=envelope.by, **reason)

    async def _reply(self, envelope: Envelope, answer: Document, connection: Connection) -> None:
        reply = envelope.reply
        if not reply.topic:
            return
        document = answer | ({"correlation": reply.member} if reply.member else {})
        message = Message(
            reply.topic,
            orjson.dumps(document),
            content_type=ANSWER_TYPE,
            expires_in=ANSWER_EXPIRY_SECONDS,
            correlation=reply.data,
        )
        try:
            await connection.room()
            connection.publish(message, lambda reason: self._on_answer(reply.topic, reason))
        except Lost as lost:
            self._on_answer(reply.topic, str(lost))

    def _on_answer(self, topic: str, reason: str) -> None:
        if reason:
            log.warning("mqtt_refused", topic=topic, reason=reason, sequence=None)

    async def _answered(self, request: Request, envelope: Envelope) -> Document:
        """Carries a command out, unless it was already: then with the answer of then, `again`."""
        key, asked = _key(request, envelope), digest(request)
        if key is None:
            return await self._carry_out(request, envelope.by)
        known = self._known(key)
        if known is not None:
            if known.asked != asked:
                raise IdempotentParameterMismatch(
                    f"id: a command with the id {request.id!r} that asks for something else was given before: give"
                    " each command an id of its own."
                )
            return await asyncio.shield(known.answer) | {"again": True}
        answer: asyncio.Future[Document] = asyncio.get_running_loop().create_future()
        self._done[key] = _Done(asked, answer, time.monotonic())
        try:
            answer.set_result(await self._carry_out(request, envelope.by))
        except BaseException as error:
            # What was refused may be asked for again; who asks just now is refused likewise.
            del self._done[key]
            answer.set_exception(error) if isinstance(error, Exception) else answer.cancel()
            if not answer.cancelled():
                answer.exception()
            raise
        return answer.result()

    def _known(self, key: Hashable) -> _Done | None:
        oldest = time.monotonic() - REMEMBERED_SECONDS
        while self._done and (len(self._done) >= REMEMBERED or next(iter(self._done.values())).at < oldest):
            first = next(iter(self._done))
            if not self._done[first].answer.done():
                break
            del self._done[first]
        return self._done.get(key)

    async def _carry_out(self, request: Request, by: str) -> Document:
        match request:
            case Start():
                asked = {"Name": request.workflow, "RunProperties": request.properties}
                return {"run_id": (await self._doors.glue("StartWorkflowRun", asked, by))["RunId"]}
            case Stop():
                await self._doors.glue("StopWorkflowRun", {"Name": request.workflow, "RunId": request.run_id}, by)
                return {"run_id": request.run_id}
            case Resume():
                return await self._doors.resume(request.run_id, _of_resume(request), by)
            case Notify():
                told = await self._doors.glue("NotifyEvent", _of_notify(request), by)
                return {"event_id": told["EventId"], "duplicate": told["Duplicate"]}
        raise AssertionError(f"{type(request).__name__} is not carried out")


def _key(request: Request, envelope: Envelope) -> Hashable:
    """By what a command is known when it comes again; None if by nothing. Events have their ids for that, for good."""
    if isinstance(request, Notify):
        return None
    if request.id:
        return envelope.command, request.id
    reply = envelope.reply
    known_by = reply.data or reply.member
    return (envelope.command, reply.topic, known_by, digest(request)) if known_by else None


def _of_resume(request: Resume) -> Document:
    own = {field.name for field in msgspec.structs.fields(Request)} | {"run_id"}
    return {name: value for name, value in msgspec.structs.asdict(request).items() if name not in own}


def _of_notify(request: Notify) -> Document:
    given = {"EventId": request.id, "Source": request.source, "DetailType": request.detail_type}
    detail = orjson.dumps(request.detail).decode()
    return {"WorkflowName": request.workflow, "Detail": detail} | {name: text for name, text in given.items() if text}
