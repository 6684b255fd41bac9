"""What each workflow was notified of and has not started a run for yet, and which events it knows already.

An inbox keeps no payloads: those are read from its stream by version. It remembers the ids of the latest
`REMEMBERED_IDS` events it received, those that began runs long ago included, so that an event that is sent again is
told from a new one. It forgets them where events were discarded: what can start a workflow again is a new one to it.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from events import notifications
from events.design import Event
from events.vocabulary import StreamId, inbox_stream

REMEMBERED_IDS = 1_000
"""How many ids an inbox remembers. An event that is sent again after so many others counts as a new one."""


class Waiting(msgspec.Struct, frozen=True):
    """An event that waits for its batch: its version in the inbox's stream, its id, when it was received (milliseconds
    since the epoch), and how many event-started runs led to it."""

    version: int
    id: str
    at: int
    hops: int = 0


class Inbox(msgspec.Struct, frozen=True):
    """One workflow's inbox as of a version of its stream. `waiting` and `known` are oldest first."""

    workflow: str
    version: int = 0
    waiting: tuple[Waiting, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def stream(self) -> StreamId:
        """The stream that this inbox is folded from."""
        return inbox_stream(self.workflow)

    def due_at(self, window_seconds: int) -> int | None:
        """When the window that the oldest waiting event opened ends, in milliseconds; None if nothing waits."""
        return self.waiting[0].at + window_seconds * 1000 if self.waiting else None


class Inboxes:
    """All inboxes, by stream."""

    def __init__(self) -> None:
        self._by_stream: dict[StreamId, Inbox] = {}

    def of(self, workflow: str) -> Inbox:
        """A workflow's inbox, empty if it was never notified."""
        return self._by_stream.get(inbox_stream(workflow)) or Inbox(workflow)

    def at(self, stream: StreamId) -> Inbox | None:
        """The inbox of this stream, if there is one."""
        return self._by_stream.get(stream)

    def waiting(self) -> Iterable[Inbox]:
        """The inboxes in which events wait."""
        return [inbox for inbox in self._by_stream.values() if inbox.waiting]

    def put(self, inbox: Inbox) -> None:
        """Puts an inbox as it is now; also how persisted rows come back."""
        self._by_stream[inbox.stream] = inbox

    def evolve(self, stream: StreamId, event: Event) -> int:
        """Takes one more event of an inbox's stream into account; returns the version that the stream has with it."""
        before = self._by_stream.get(stream) or Inbox(stream.partition(":")[2])
        inbox = _evolved(before, event)
        self.put(inbox)
        return inbox.version


def _evolved(before: Inbox, event: Event) -> Inbox:
    version = before.version + 1
    changes: dict[str, Any] = {"version": version}
    match event:
        case notifications.EventReceived():
            received = event.notification
            waiting = Waiting(version, received.id, event.at, received.hops)
            changes |= {"waiting": (*before.waiting, waiting), "known": _with(before.known, received.id)}
        case notifications.BatchFired():
            changes |= {"waiting": before.waiting[event.count :]}
        case notifications.EventsDiscarded():
            changes |= {"waiting": before.waiting[event.count :], "known": ()}
    return msgspec.structs.replace(before, **changes)


def _with(known: tuple[str, ...], event_id: str) -> tuple[str, ...]:
    return (*known[1 - REMEMBERED_IDS :], event_id) if len(known) >= REMEMBERED_IDS else (*known, event_id)
