"""`reglue watch --plain` and `--json`: one line an event, in the order of the log, for pipes."""

import asyncio
import heapq
import itertools
import select
import sys
import time
from collections.abc import Iterable

import msgspec
from rich.text import Text

from daemon.cli.failures import RUN_ENDED_BADLY, Unreachable
from daemon.cli.lookup import run_of_any_workflow
from daemon.cli.session import Session
from daemon.cli.short_ids import short
from daemon.cli.watching.board import Board
from daemon.cli.watching.catching_up import CatchingUp
from daemon.cli.watching.daemon_reads import DaemonReads, Span
from daemon.cli.watching.event_text import event_line
from daemon.cli.watching.fold import Message, receive
from daemon.cli.watching.payloads import Event
from daemon.cli.watching.subscriber import Follower, Link, refused

FIRST_CONNECTION_SECONDS = 30.0
TICK_SECONDS = 0.2
SETTLING_SECONDS = 1.5
"""After this it is said that what is to be watched is not known here."""

LARGEST_HISTORY = 20_000
MOST_WAITING = 100_000
"""Lines that wait for a slow reader; beyond that the oldest are left out, and that is said."""


class Scope(msgspec.Struct, frozen=True):
    """What is watched: a workflow, a run by the beginning of its id, or with neither everything."""

    workflow: str | None = None
    run: str | None = None

    def holds(self, event: Event) -> bool:
        """Whether the event belongs to what is watched."""
        if self.run is not None:
            return event.facts.run_id.startswith(self.run)
        return self.workflow is None or event.facts.workflow == self.workflow

    def told(self) -> str:
        """What is watched, in words."""
        return f"run {self.run}" if self.run is not None else f"workflow {self.workflow!r}"


class Lines:
    """Writes what comes, for ever or until the run that is watched has ended."""

    def __init__(self, session: Session, scope: Scope, subscriber: Follower, reads: DaemonReads) -> None:
        self._session = session
        self._scope = scope
        self._subscriber = subscriber
        self._reads = reads
        self.board = Board(subscriber.source.namespace)
        self._catching_up = CatchingUp(self.board, reads)
        self._link = Link("connecting", time.monotonic())
        self._connected_at: float | None = None
        self._waiting: list[tuple[str, int, int, Event]] = []
        self._number = itertools.count()
        self._begun = scope.run is None
        self._last: tuple[str, int] = ("", 0)
        self._told: set[str] = set()

    async def write(self) -> int:
        """Write until the end; returns the exit code. Raises Unreachable, Refused, BrokenPipeError."""
        began = time.monotonic()
        following = asyncio.create_task(self._subscriber.follow(self._on_message, self._on_link))
        try:
            while True:
                await asyncio.wait({following}, timeout=TICK_SECONDS)
                if following.done():
                    following.result()
                self._give_up_connecting(began)
                if self._connected_at is None:
                    continue
                if not self._begun:
                    await self._begin(self._scope.run or "")
                await self._catch_up()
                code = await self._flush()
                if code is not None:
                    return code
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    def _on_message(self, message: Message) -> None:
        event = receive(self.board, message)
        if event is not None:
            self._wait_for(event)

    def _wait_for(self, event: Event) -> None:
        if not self._scope.holds(event):
            return
        heapq.heappush(self._waiting, (event.log_id, event.sequence, next(self._number), event))
        if len(self._waiting) > MOST_WAITING:
            heapq.heappop(self._waiting)
            self._say("The reader of these lines is too slow: some are left out.")

    def _on_link(self, link: Link) -> None:
        self._link = link
        source = self._subscriber.source
        if link.state == "connected":
            if self._connected_at is not None:
                self._session.aside.print(f"Connected to {source.shown} again.", soft_wrap=True)
            self._connected_at = link.since
            self._told.clear()
        elif link.state == "lost":
            self._say(f"The broker at {source.shown} is not there ({link.reason}); trying again until it is.")

    def _give_up_connecting(self, began: float) -> None:
        """A broker that was never there, or lets nobody in, ends the command; one that went away is waited for."""
        source = self._subscriber.source
        if self._connected_at is not None or self._link.state == "connected":
            return
        if self._link.refused:
            raise refused(source, self._link)
        if time.monotonic() - began > FIRST_CONNECTION_SECONDS:
            raise Unreachable(f"No broker answers at {source.shown} ({self._link.reason}). Name another with --mqtt.")

    async def _catch_up(self) -> None:
        now = time.monotonic()
        filled = await self._catching_up.look()
        for event in filled.events:
            self._wait_for(event)
        if filled.lost:
            first, last = filled.lost
            self._session.aside.print(f"Events {first} to {last} are missing here: {filled.reason}", soft_wrap=True)
        if self._connected_at is not None and now - self._connected_at > SETTLING_SECONDS:
            self._say_if_unknown()

    def _say_if_unknown(self) -> None:
        scope, board = self._scope, self.board
        if scope.run is not None:
            known = any(run_id.startswith(scope.run) for run_id in board.runs) or self._last[1]
        else:
            known = scope.workflow is None or scope.workflow in board.workflows or self._last[1]
        if not known:
            self._say(f"Nothing is known here of {scope.told()} yet; waiting for its events.")

    async def _begin(self, typed: str) -> None:
        """Write what the daemon knows of the run's past, where it answers, so that the story is whole."""
        self._begun = True
        try:
            client = self._reads.client(self.board)
            run_id = await asyncio.to_thread(run_of_any_workflow, client, typed)
            past = await asyncio.to_thread(self._reads.events, client, Span(0, LARGEST_HISTORY, run_id))
        except Unreachable as error:
            self._say(f"Only what happens from now on is shown. {error.message}")
            return
        for event in past:
            self._wait_for(event)

    async def _flush(self) -> int | None:
        """Write the events before the first gap; the exit code if the run has ended with them."""
        gaps = self.board.sequence.gaps
        limit = gaps[0][0] if gaps else sys.maxsize
        ready: list[Event] = []
        while self._waiting and (self._waiting[0][0] != self.board.log_id or self._waiting[0][1] < limit):
            log_id, sequence, _, event = heapq.heappop(self._waiting)
            if log_id != self._last[0] or sequence > self._last[1]:
                ready.append(event)
                self._last = (log_id, sequence)
        if ready:
            await asyncio.to_thread(self._print, ready)
        elif _is_unread():
            raise BrokenPipeError
        return self._code(ready)

    def _code(self, events: Iterable[Event]) -> int | None:
        if self._scope.run is None:
            return None
        ends = [event for event in events if event.name == "run.completed"]
        if ends:
            return 0 if ends[0].facts.outcome == "SUCCEEDED" else RUN_ENDED_BADLY
        known = (run for run_id, run in self.board.runs.items() if run_id.startswith(self._scope.run))
        run = next(known, None)
        if run is None or run.is_active or self._waiting or self.board.sequence.gaps:
            return None
        self._say(f"{short(run.run_id)} has ended: {run.row.outcome}.")
        return 0 if run.row.outcome == "SUCCEEDED" else RUN_ENDED_BADLY

    def _print(self, events: Iterable[Event]) -> None:
        if self._session.as_json:
            for event in events:
                sys.stdout.buffer.write(_one_line(event.body) + b"\n")
            sys.stdout.buffer.flush()
            return
        now = self._session.now()
        self._session.screen.print(Text("\n").join(event_line(event, now) for event in events), soft_wrap=True)

    def _say(self, text: str) -> None:
        """On standard error, once."""
        if text not in self._told:
            self._told.add(text)
            self._session.aside.print(text, soft_wrap=True)


def _one_line(body: bytes) -> bytes:
    return msgspec.json.format(body, indent=-1) if b"\n" in body else body


def _is_unread() -> bool:
    """Whether the reader of standard output has gone: a quiet log must not keep the command in a dead pipe."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
