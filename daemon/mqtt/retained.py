"""Keeps the retained messages at a broker true: head, seal, workflows, runs of late, Home Assistant's announcements.

What may have changed is noted as events are committed; twice a second its states are made and published, and on a new
connection all of them are, for a broker may have forgotten. A state is published when everything that it tells of is
on the disk. Topics are listed with the position before they are first used, so that the next daemon clears what this
one could not. The states of ended runs are cleared after a while, so the broker never holds many.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote

import msgspec
import orjson

from daemon.engine import Engine
from daemon.errors import LogUnavailable
from daemon.mqtt import discovery
from daemon.mqtt.connection import Connection
from daemon.mqtt.packets import Message
from daemon.mqtt.progress import Progress, Refusal
from daemon.mqtt.states import Identity, head_state, run_state, workflow_state
from daemon.mqtt.topics import NONE, state_topic
from events.design import Event, WorkflowDefined, WorkflowRemoved
from events.seals import document
from events.vocabulary import CRAWL_STREAM_PREFIX, JOB_RUN_ID_PREFIX, RUN_ID_PREFIX, StreamId, is_run_stream
from projections.references import UnknownRun
from projections.run_values import RunGraph

TICK_SECONDS = 0.5
"""The state of a run or workflow is published no more often."""

HEAD_SECONDS = 1.0
KEPT_MILLISECONDS = 10 * 60 * 1000
"""How long the state of a run stays when it has ended ..."""

MOST_ENDED = 200
"""... unless so many have ended since."""

MOST_REMEMBERED = 1_000
BATCH = 50
SLICE_SECONDS = 0.001
MOST_IN_FLIGHT = 50
CLEARED = b""


class Subject(msgspec.Struct, frozen=True):
    """What one retained state is about: a workflow, or with `run` a run of it."""

    workflow: str
    run: StreamId = ""


class Retained:
    """See the module. `noted` is told what was committed, connected or not; `keep` runs as long as a connection."""

    def __init__(self, engine: Engine, progress: Progress, identity: Identity) -> None:
        self._engine = engine
        self._progress = progress
        self._identity = identity
        self._namespace = engine.settings.mqtt_namespace
        self._announces = engine.settings.mqtt_discovery
        self._dirty: set[Subject] = set()
        self._dirty_runs: dict[StreamId, None] = {}
        self._is_kept = False
        self._ended: dict[Subject, int] = {}
        self._topics: set[str] = set(progress.place.retained)
        self._head = -1
        self._head_at = 0.0
        self._seal = ""

    @property
    def daemon_topic(self) -> str:
        """Where the daemon says how it is itself."""
        return state_topic(self._namespace, "daemon", self._identity.instance)

    def noted(self, facts: Sequence[tuple[StreamId, int, Event]]) -> None:
        """What these committed facts touch is made anew at the next tick."""
        for stream, _, event in facts:
            if is_run_stream(stream):
                self._dirty_runs[stream] = None
            elif isinstance(event, WorkflowDefined | WorkflowRemoved):
                self._dirty.add(Subject(stream.partition(":")[2]))
        # While a broker is away, for days perhaps, only runs of late are remembered; those under way are known anyway.
        while not self._is_kept and len(self._dirty_runs) > MOST_REMEMBERED:
            del self._dirty_runs[next(iter(self._dirty_runs))]

    def announce_again(self) -> None:
        """Home Assistant has begun anew: all workflows are announced once more."""
        self._dirty.update(Subject(definition.name) for definition in self._engine.standing.designs.all("workflow"))

    async def keep(self, connection: Connection) -> None:
        """Publishes everything, and from then on what changes. Raises Lost."""
        self._head, self._seal = -1, ""
        self.announce_again()
        self._dirty_runs |= dict.fromkeys(self._engine.standing.runs)
        self._dirty.update(subject for topic in self._topics if (subject := self._subject(topic)) is not None)
        outlet = _Outlet(connection, self._progress)
        self._is_kept = True
        try:
            for topic in self._orphaned_announcements():
                await self._publish(outlet, topic, CLEARED)
            while True:
                await self._tick(outlet)
                await asyncio.sleep(TICK_SECONDS)
        finally:
            self._is_kept = False

    def _orphaned_announcements(self) -> list[str]:
        names = [d.name for d in self._engine.standing.designs.all("workflow")] if self._announces else []
        wanted = {discovery.announcement_topic(self._namespace, name) for name in names}
        return [topic for topic in sorted(self._topics - wanted) if topic.startswith(f"{discovery.PREFIX}/")]

    async def _tick(self, outlet: "_Outlet") -> None:
        self._take_runs()
        self._outdate()
        while self._dirty:
            batch = [self._dirty.pop() for _ in range(min(BATCH, len(self._dirty)))]
            try:
                await self._publish_all(outlet, batch)
            except LogUnavailable:
                self._dirty.update(batch)
                break
        await self._publish_head(outlet)
        with contextlib.suppress(LogUnavailable):
            await self._publish_seal(outlet)

    def _take_runs(self) -> None:
        """The runs that were touched, and their workflows."""
        runs, self._dirty_runs = self._dirty_runs, {}
        for run in runs:
            with contextlib.suppress(UnknownRun):  # it was not written, and never was
                graph = self._engine.graph(run)
                self._dirty.add(Subject(graph.workflow, run))
                if not graph.is_active and graph.archived is None:
                    self._ended[Subject(graph.workflow, run)] = graph.completed_at or 0
                if graph.workflow:
                    self._dirty.add(Subject(graph.workflow))

    def _outdate(self) -> None:
        """Ended runs that were shown for long enough, or are too many."""
        oldest = self._engine.now() - KEPT_MILLISECONDS
        surplus = sorted(self._ended, key=self._ended.__getitem__)[: max(0, len(self._ended) - MOST_ENDED)]
        for subject in [*surplus, *(s for s, at in self._ended.items() if at <= oldest)]:
            if self._ended.pop(subject, None) is not None:
                self._dirty.add(subject) if self._topic(subject) in self._topics else self._dirty.discard(subject)

    async def _publish_all(self, outlet: "_Outlet", batch: Iterable[Subject]) -> None:
        made: list[tuple[str, bytes]] = []
        until = time.monotonic() + SLICE_SECONDS
        for subject in batch:
            made += self._made(subject)
            if time.monotonic() > until:
                await asyncio.sleep(0)
                until = time.monotonic() + SLICE_SECONDS
        await self._engine.settled()
        new = {topic for topic, payload in made if payload} - self._topics
        if new:
            self._topics |= new
            self._progress.positions.retain(self._progress.place, self._topics)
            await self._progress.positions.save()
        for topic, payload in made:
            await self._publish(outlet, topic, payload)

    def _made(self, subject: Subject) -> list[tuple[str, bytes]]:
        """Topics and payloads for what is to be known of a subject now. What is not there any more is cleared where
        it may be retained."""
        topic = self._topic(subject)
        if subject.run:
            graph = self._shown_run(subject)
            state = orjson.dumps(run_state(graph, self._progress.feed.head)) if graph is not None else CLEARED
            made = [(topic, state)]
        else:
            made = self._made_of_workflow(subject.workflow)
        return [(topic, payload) for topic, payload in made if payload or topic in self._topics]

    def _made_of_workflow(self, workflow: str) -> list[tuple[str, bytes]]:
        topic = self._topic(Subject(workflow))
        announced = discovery.announcement_topic(self._namespace, workflow)
        if self._engine.standing.designs.workflow(workflow) is None:
            return [(topic, CLEARED), (announced, CLEARED)]
        active = self._engine.standing.active_runs(workflow)
        state = workflow_state(workflow, self._engine.latest_run(workflow), active, self._progress.feed.head)
        made = [(topic, orjson.dumps(state))]
        if self._announces:
            topics = (topic, self.daemon_topic)
            announcement = discovery.announcement(self._namespace, workflow, self._identity, topics)
            made.append((announced, orjson.dumps(announcement)))
        return made

    def _shown_run(self, subject: Subject) -> RunGraph | None:
        """The graph of a run that is under way or ended a short while ago."""
        try:
            graph = self._engine.graph(subject.run)
        except UnknownRun:
            return None
        if graph.is_active:
            return graph
        if graph.archived is not None:
            return None
        ended = graph.completed_at or 0
        is_old = ended + KEPT_MILLISECONDS <= self._engine.now()
        if is_old or (subject not in self._ended and len(self._ended) >= MOST_ENDED):
            return None
        self._ended[subject] = ended
        return graph

    async def _publish_head(self, outlet: "_Outlet") -> None:
        head, now = self._progress.feed.head, time.monotonic()
        if head == self._head or now < self._head_at + HEAD_SECONDS:
            return
        self._head, self._head_at = head, now
        origin = self._progress.feed.origin()
        state = head_state(head, origin.log_id if origin is not None else "", self._engine.now())
        await self._publish(outlet, state_topic(self._namespace, "head"), orjson.dumps(state))

    async def _publish_seal(self, outlet: "_Outlet") -> None:
        """The newest seal, once it is on the disk: whoever keeps it can prove later what the log held."""
        seal = self._engine.standing.seal
        if seal is None or seal.hash == self._seal:
            return
        await self._engine.settled()
        self._seal = seal.hash
        await self._publish(outlet, state_topic(self._namespace, "seal"), orjson.dumps(document(seal)))

    async def _publish(self, outlet: "_Outlet", topic: str, payload: bytes) -> None:
        await outlet.publish(topic, payload, lambda: None if payload else self._forget(topic))

    def _forget(self, topic: str) -> None:
        self._topics.discard(topic)
        self._progress.positions.retain(self._progress.place, self._topics)

    def _topic(self, subject: Subject) -> str:
        if not subject.run:
            return state_topic(self._namespace, "workflow", subject.workflow)
        run = subject.run.removeprefix(CRAWL_STREAM_PREFIX)
        return state_topic(self._namespace, "run", subject.workflow, run)

    def _subject(self, topic: str) -> Subject | None:
        """What a retained topic is about; None for one that is no state of a workflow or run."""
        prefix = state_topic(self._namespace)
        kind, *names = topic.removeprefix(f"{prefix}/").split("/") if topic.startswith(prefix) else ("",)
        if kind == "workflow" and len(names) == 1:
            return Subject(unquote(names[0], errors="surrogatepass"))
        if kind != "run" or len(names) != 2:
            return None
        is_id = names[1].startswith((RUN_ID_PREFIX, JOB_RUN_ID_PREFIX))
        workflow = "" if names[0] == NONE else unquote(names[0], errors="surrogatepass")
        return Subject(workflow, names[1] if is_id else CRAWL_STREAM_PREFIX + names[1])


class _Outlet:
    """Publishes states, with few of them in flight, so that they never keep the events from theirs."""

    def __init__(self, connection: Connection, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self._in_flight = 0
        self._answered = asyncio.Event()

    async def publish(self, topic: str, payload: bytes, taken: Callable[[], None]) -> None:
        """Publishes when there is room; `taken` is called when the broker has it. Raises Lost."""
        while self._in_flight >= MOST_IN_FLIGHT or not self._connection.has_room:
            self._answered.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):  # an answer to an event makes room too, and tells nobody here
                    await self._answered.wait()
        self._in_flight += 1
        self._connection.publish(Message(topic, payload, retained=True), lambda why: self._on_answer(topic, why, taken))

    def _on_answer(self, topic: str, reason: str, taken: Callable[[], None]) -> None:
        self._in_flight -= 1
        self._answered.set()
        if reason:
            self._progress.refuse(Refusal(topic, reason))
        else:
            taken()
