"""Seals: each says what a range of the log held, by one hash, and goes on from the seal before it.

A seal that is kept elsewhere (from MQTT, from HTTP, from the command line) proves later that the log up to it is what
it was, for its hash covers the seal before, and so all of them. Its text is what is hashed and signed; its document is
the JSON in which it leaves the daemon. Both are a storage format, like the event.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from events.design import Event
from events.vocabulary import SEAL_STREAM, StreamId

FORMAT = "reglue.seal/1"


class LogSealed(Event, frozen=True):
    """The positions `first` to `last` of the log were sealed: `root` is the root of the Merkle tree (RFC 6962) over its
    `events`, `chained` of which carry a chain; `previous` is the hash of the seal before, empty in the first.

    `signature` (Ed25519, in hex) is over the seal's text, by the key that `key_id` names; both are empty without a key.
    """

    first: int
    last: int
    events: int
    chained: int
    root: str
    previous: str = ""
    key_id: str = ""
    signature: str = ""


class Seal(msgspec.Struct, frozen=True):
    """A seal as it stands: `number` is its version in the stream of seals, the others are those of the event."""

    number: int
    at: int
    first: int
    last: int
    events: int
    chained: int
    root: str
    previous: str
    key_id: str
    signature: str

    @property
    def version(self) -> int:
        """The version of the stream of seals with this one."""
        return self.number

    @property
    def stream(self) -> StreamId:
        """The stream that seals are in."""
        return SEAL_STREAM

    @property
    def text(self) -> str:
        """What is hashed and signed."""
        return (
            f"{FORMAT}\nnumber {self.number}\nat {_moment(self.at)}\nfirst {self.first}\nlast {self.last}\n"
            f"events {self.events}\nchained {self.chained}\nroot {self.root}\nprevious {self.previous or '-'}\n"
            f"key {self.key_id or '-'}\n"
        )

    @property
    def hash(self) -> str:
        """What the next seal calls this one."""
        return sha256(self.text.encode()).hexdigest()


class NoSeal(Exception):
    """A document is not that of a seal; the text says why."""


def sealed(number: int, event: LogSealed) -> Seal:
    """The seal of an event, which is the stream's event of that version."""
    return Seal(
        number,
        event.at,
        event.first,
        event.last,
        event.events,
        event.chained,
        event.root,
        event.previous,
        event.key_id,
        event.signature,
    )


def document(seal: Seal) -> dict[str, Any]:
    """The seal as it is shown and kept elsewhere."""
    return {"format": FORMAT} | msgspec.structs.asdict(seal) | {"at": _moment(seal.at), "hash": seal.hash}


class _Document(msgspec.Struct):
    format: str
    number: int
    at: datetime
    first: int
    last: int
    events: int
    chained: int
    root: str
    hash: str
    previous: str = ""
    key_id: str = ""
    signature: str = ""


def from_document(body: bytes) -> Seal:
    """The seal that a document holds. Raises NoSeal."""
    try:
        read = msgspec.json.decode(body, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoSeal(f"it is not the JSON of a seal ({error})") from error
    if read.format != FORMAT or read.at.tzinfo is None:
        raise NoSeal(f"its format is {read.format!r}, this version reads {FORMAT!r}")
    values = {name: getattr(read, name) for name in Seal.__struct_fields__}
    seal = Seal(**values | {"at": round(read.at.timestamp() * 1000)})
    if seal.hash != read.hash:
        raise NoSeal("its own hash does not fit what it says: the file was changed or cut off")
    return seal


def _moment(millis: int) -> str:
    seconds, rest = divmod(millis, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"
