"""Messages on topics that EVENT triggers name become events of their workflows: heard at least once, and taken in
through the door of `NotifyEvent`, with its checks and its batches.

What the broker kept (a retained message) is a state and no event: it would come anew with every connection. A message
that is a CloudEvent is known again by its source and id; any other one is an event of its own each time.
"""

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from daemon.engine import Engine
from daemon.errors import LogUnavailable, ReglueError
from daemon.logs import get_logger
from daemon.mqtt.command_requests import PRINCIPAL, principal
from daemon.mqtt.connection import Connection
from daemon.mqtt.doors import Doors
from daemon.mqtt.heard import Heard
from events import design
from events.design import Event
from events.vocabulary import StreamId
from projections.topic_sources import covers, sources_of, subscriptions

SOURCE = "mqtt"
MOST_WAITING = 1_000
"""So many messages may wait for the log; more are dropped, which the log of the daemon tells."""

RETRY_SECONDS = 1.0
_CHANGING = (
    design.ResourceTagged,
    design.ResourceUntagged,
    design.TriggerDefined,
    design.TriggerChanged,
    design.TriggerRemoved,
    design.WorkflowDefined,
    design.WorkflowRemoved,
)

log = get_logger()


class TopicEvents:
    """See the module. `noted` is told what was committed, `keep` subscribes as long as a connection lasts, `heard`
    takes a message, `close` ends what is under way."""

    def __init__(self, engine: Engine, doors: Doors) -> None:
        self._engine = engine
        self._doors = doors
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscribed: set[str] = set()
        self._refused: set[str] = set()
        self._taken = self._dropped = 0

    def noted(self, facts: Sequence[tuple[StreamId, int, Event]]) -> None:
        """These facts were committed."""
        if any(isinstance(event, _CHANGING) for _, _, event in facts):
            self._changed.set()

    def health(self) -> dict[str, Any]:
        """The filters subscribed to, those that the broker does not grant, and what became of the messages."""
        return {
            "topics": sorted(self._subscribed),
            "not_granted": sorted(self._refused),
            "taken": self._taken,
            "dropped": self._dropped,
        }

    async def keep(self, connection: Connection) -> None:
        """Subscribes to what triggers name, and follows their changes. Raises Lost."""
        self._subscribed, self._refused = set(), set()
        while True:
            self._changed.clear()
            wanted = subscriptions(sources_of(self._engine.standing.designs))
            gone, new = self._subscribed - wanted, wanted - self._subscribed - self._refused
            self._refused &= wanted
            # The new first: of a filter that takes another's place nothing is missed.
            refused = set(await connection.subscribe(sorted(new))) if new else set()
            for topic in refused:
                log.warning("mqtt_not_subscribed", topic=topic)
            if gone:
                await connection.unsubscribe(sorted(gone))
            self._refused |= refused
            self._subscribed = wanted - self._refused
            await self._changed.wait()

    def heard(self, heard: Heard) -> None:
        """Takes a message in for each workflow that it is for."""
        if heard.retained:
            return
        workflows = {s.workflow for s in sources_of(self._engine.standing.designs) if covers(s.filter, heard.topic)}
        if not workflows:
            return
        if len(self._tasks) >= MOST_WAITING:
            self._drop(heard, f"{MOST_WAITING} messages wait already.")
            return
        members = _event(heard, self._engine.seed())
        by = principal(dict(heard.about).get(PRINCIPAL, ""))
        task = asyncio.create_task(self._notify(heard, members, by, sorted(workflows)), name="mqtt-event")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Lets what is under way come to its end, unless it waits for the log."""
        if self._tasks:
            _, left = await asyncio.wait(set(self._tasks), timeout=RETRY_SECONDS / 2)
            for task in left:
                task.cancel()

    async def _notify(self, heard: Heard, members: dict[str, Any], by: str, workflows: list[str]) -> None:
        try:
            for workflow in workflows:
                await self._notify_one({"WorkflowName": workflow} | members, by)
            self._taken += 1
        except ReglueError as error:
            self._drop(heard, str(error))
        except Exception as error:
            log.error("mqtt_command_failed", command="event", by=by, exc_info=error)

    async def _notify_one(self, members: dict[str, Any], by: str) -> None:
        """Again and again while the log cannot be written: the broker has been told that the message arrived."""
        while True:
            with contextlib.suppress(LogUnavailable):
                await self._doors.glue("NotifyEvent", members, by)
                return
            await asyncio.sleep(RETRY_SECONDS)

    def _drop(self, heard: Heard, reason: str) -> None:
        self._dropped += 1
        log.warning("mqtt_event_dropped", topic=heard.topic[:200], reason=reason)


def _event(heard: Heard, seed: bytes) -> dict[str, Any]:
    """A message as NotifyEvent takes it, without the workflow."""
    detail, name = _detail(heard.payload), seed
    if all(isinstance(detail.get(part), str) for part in ("specversion", "source", "id")):
        name = f"{detail['source']}\0{detail['id']}".encode("utf-8", "surrogatepass")
    return {
        "EventId": f"mqtt-{hashlib.sha256(name).hexdigest()[:32]}",
        "Source": SOURCE,
        "DetailType": heard.topic,
        "Detail": orjson.dumps(detail).decode(),
    }


def _detail(payload: bytes) -> dict[str, Any]:
    """The payload as an object: itself if it is one in JSON, else its value, text, or bytes in base64."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        pass
    else:
        return value if isinstance(value, dict) else {"payload": value}
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payload": base64.b64encode(payload).decode(), "encoding": "base64"}
