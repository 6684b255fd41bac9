"""Reads the body of a request, and no more of it than the daemon takes; and the document in it."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from starlette.types import Receive

from daemon.errors import BodyTooLarge, InvalidInput, NotJson

Document = TypeVar("Document")

MOST_BYTES = 4 * 1024 * 1024
"""Far above any request of Glue's: its longest text, a workflow's description, has 120,000 characters."""


class ClientGone(Exception):
    """The client ended the connection before its request was complete; there is nobody to answer."""


async def read_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """The whole body. Raises BodyTooLarge before reading it if its length is announced, and ClientGone."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > MOST_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MOST_BYTES:
            raise _too_large()
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"The request's body is larger than {MOST_BYTES} bytes, the most that this daemon takes.")


def document(body: bytes, shape: type[Document], form: str) -> Document:
    """The document of one of our own requests. Raises InvalidInput for one that is not of this `form`, as people read
    it, and NotJson."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The body is not {form}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJson(f"The request's body is not JSON: {error}") from error
