"""Pages of a listing, and the opaque tokens that lead from one to the next.

A token holds the place where its page ended and the listing it belongs to, so that a token of another listing, or one
made up, is refused instead of answering something odd. It survives a restart of the daemon, and what is added or
removed between two pages neither repeats nor hides anything else.
"""

import base64
import binascii
import bisect
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import orjson

from daemon.errors import ClientError, InvalidInput

DEFAULT_PAGE = 100
"""How many entries a page has when the client does not say."""

_HIGHEST_PLACE = 2**63 - 1


class Named(Protocol):
    """Anything listed in order of its name."""

    @property
    def name(self) -> str: ...


NamedT = TypeVar("NamedT", bound=Named)
Row = TypeVar("Row", bound=tuple[Any, ...])


class Request:
    """What a client asks of one listing: how many entries, and after which place.

    `listing` names the operation and what it lists (`GetWorkflowRuns:W1`).
    """

    def __init__(self, listing: str, limit: int, token: str | None) -> None:
        self.listing = listing
        self.limit = limit
        self._token = token
        self.refusal: type[ClientError] = InvalidInput

    def of_names(self, entries: Sequence[NamedT]) -> tuple[Sequence[NamedT], str | None]:
        """The page of entries that are in order of name, and the token of the next page. Raises InvalidInput."""
        after = self.place(str)
        start = 0 if after is None else bisect.bisect_right(entries, after, key=lambda entry: entry.name)
        page = entries[start : start + self.limit]
        more = start + self.limit < len(entries)
        return page, self.token(page[-1].name) if more else None

    def of_rows(self, read: Callable[[int, int | None], list[Row]]) -> tuple[list[Row], str | None]:
        """The page of rows whose first field is their ordinal, newest first, and the token of the next page.

        `read(limit, before)` reads at most so many rows that are older than the ordinal. Raises InvalidInput.
        """
        rows = read(self.limit + 1, self.place(int))
        page = rows[: self.limit]
        return page, self.token(page[-1][0]) if len(rows) > self.limit else None

    def token(self, place: str | int) -> str:
        """The token that leads on from a place."""
        return base64.urlsafe_b64encode(orjson.dumps([self.listing, place])).decode().rstrip("=")

    def place(self, kind: type[Any]) -> Any:
        """The place, a text or a number, that the token leads to; None without a token. Raises the refusal."""
        if not self._token:
            return None
        match _read(self._token):
            case [self.listing, found] if type(found) is kind and (kind is str or 0 <= found <= _HIGHEST_PLACE):
                return found
        raise self.refusal(
            f"The token '{self._token[:100]}' is not one that this listing gave: leave it out to begin with the first"
            " page."
        )


def _read(token: str) -> Any:
    try:
        return orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        return None
