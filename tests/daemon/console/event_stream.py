"""Reads `GET /console/live` as a browser does: messages with their ids, one by one."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.daemon.api.clients import DEADLINE_SECONDS, Served


class Message(NamedTuple):
    """One message: its name, its id and what it says."""

    name: str
    id: int
    data: Any


class EventStream:
    """An open stream."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self._answer = answer
        self.headers = answer.headers

    def messages(self) -> Iterator[Message]:
        """The messages as they come, until the daemon ends the stream."""
        fields: dict[str, str] = {}
        while line := self._answer.readline():
            name, colon, value = line.decode().rstrip("\n").partition(": ")
            if colon:
                fields[name] = value
            elif "data" in fields:
                yield Message(fields.get("event", "message"), int(fields["id"]), json.loads(fields["data"]))
                fields = {}

    def until(self, sequence: int) -> list[Message]:
        """The messages up to the one of this event."""
        found = []
        for message in self.messages():
            found.append(message)
            if message.id >= sequence:
                return found
        raise AssertionError(f"The stream ended before {sequence}, after {found}")


@contextlib.contextmanager
def following(served: Served, last: int | None = None, **query: Any) -> Iterator[EventStream]:
    """Follows what the query asks for; `last` is the id that a browser has seen last."""
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
    with contextlib.closing(connection):
        headers = {"Last-Event-ID": str(last)} if last is not None else {}
        connection.request("GET", f"/console/live?{urlencode(query)}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        yield EventStream(answer)
