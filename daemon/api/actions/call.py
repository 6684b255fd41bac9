"""What an action gets: the engine, who asks, and the request's members, checked against the service model."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from daemon.api import pagination
from daemon.engine import Engine

Answer = dict[str, Any]
"""The members of a response."""


class Call(msgspec.Struct, frozen=True):
    """One request for an action. `by` is the principal that the events will name; `invocation` is the client's name for
    the call, the same when it sends it again, and may be empty."""

    engine: Engine
    by: str
    members: dict[str, Any]
    invocation: str = ""

    @property
    def stamp(self) -> tuple[int, str, bytes]:
        """What every command begins with: the moment, who asks, and randomness."""
        return self.engine.now(), self.by, self.engine.seed()

    def page_of(
        self, listing: str, default: int = pagination.DEFAULT_PAGE, limit: str = "MaxResults"
    ) -> pagination.Request:
        """The page of a listing that the members ask for; `limit` names the one that says how long it may be."""
        return pagination.Request(listing, self.members.get(limit, default), self.members.get("NextToken"))


Read = Callable[[Call], Answer | Awaitable[Answer]]
"""Answers what stands. One that waits has awaited `settled` itself for what it shows."""
Write = Callable[[Call], Awaitable[Answer]]
