"""A follower that plays what a test hands it, as a broker would: retained messages first, then what is pushed."""

import asyncio
import time
from collections.abc import Sequence

from daemon.cli.watching.fold import Message
from daemon.cli.watching.source import Source
from daemon.cli.watching.subscriber import Link, OnLink, OnMessage
from tests.daemon.cli.watching.story import NAMESPACE

SOURCE = Source("127.0.0.1", 1883, NAMESPACE, "mqtt://127.0.0.1:1883")


class Played:
    """Connected at once; `push` and `lose` say what happens then."""

    def __init__(self, messages: Sequence[Message] = ()) -> None:
        self.source = SOURCE
        self._queue: asyncio.Queue[Message | Link] = asyncio.Queue()
        self._first = messages

    async def follow(self, on_message: OnMessage, on_link: OnLink) -> None:
        """Hand on what comes."""
        on_link(Link("connected", time.monotonic()))
        for message in self._first:
            on_message(message)
        while True:
            item = await self._queue.get()
            if isinstance(item, Link):
                on_link(item)
            else:
                on_message(item)

    def push(self, *messages: Message) -> None:
        """These come next."""
        for message in messages:
            self._queue.put_nowait(message)

    def lose(self, reason: str) -> None:
        """The connection is lost."""
        now = time.monotonic()
        self._queue.put_nowait(Link("lost", now, reason, now + 5))
