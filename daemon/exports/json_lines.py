"""A log as JSON Lines: the header, an event a line, the end.

An event's body stands in its line byte for byte, for its chain is made over the bytes. One that is no JSON on one line,
which only somebody else can have put there, stands as `payload_base64`. Lines are read back before they are written,
whole pages at once.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from typing import IO

import msgspec
from msgspec import UNSET, UnsetType

from daemon.exports.content import Bytes, CannotExport, DamagedFile, End, Header, Order, Piece, Place
from events.elisions import Elided
from events.proofs import StoredRow, Subtree

_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 16
_LONGEST = 1 << 30
"""Bytes of a line at most: SQLite takes no larger bodies either."""


class _Range(msgspec.Struct, forbid_unknown_fields=True):
    """A range of hashes: how many events each stands for, and the hash in hex."""

    first: int
    last: int
    nodes: list[tuple[int, str]]


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Any line after the header: an event, a range of hashes, or the end."""

    position: int = 0
    stream: str | UnsetType = UNSET
    version: int = 0
    type: str | UnsetType = UNSET
    chain: str | None = None
    payload: msgspec.Raw | UnsetType = UNSET
    payload_base64: str | UnsetType = UNSET
    elided: _Range | UnsetType = UNSET
    end: End | UnsetType = UNSET


_written = msgspec.json.Encoder().encode
_LINES = msgspec.json.Decoder(_Line)
_BODIES = msgspec.json.Decoder(msgspec.Raw)


def header_line(header: Header) -> bytes:
    """The first line."""
    return _written(header) + b"\n"


def end_line(end: End) -> bytes:
    """The last line."""
    return _written({"end": end}) + b"\n"


def elided_line(one: Elided) -> bytes:
    """The line of a range of hashes."""
    nodes = [(width, node.hex()) for width, node in one.nodes]
    return _written({"elided": {"first": one.first, "last": one.last, "nodes": nodes}}) + b"\n"


def lines_of(piece: Piece) -> bytes:
    """The lines of a piece. Raises CannotExport for an event that reglue cannot have written."""
    return elided_line(piece) if isinstance(piece, Elided) else event_lines(piece)


def event_lines(page: Sequence[StoredRow]) -> bytes:
    """The lines of events. Raises CannotExport for one that reglue cannot have written."""
    quoted = _Quoted()
    try:
        if _are_plain([row[4] for row in page]):
            return "".join(
                [
                    f'{{"position":{position},"stream":{quoted[stream]},"version":{version:d},"type":{quoted[topic]},'
                    f'"chain":{_chain(chain)},"payload":{state.decode()}}}\n'
                    for position, stream, version, topic, state, chain in page
                ]
            ).encode()
    except (ValueError, TypeError, AttributeError):
        pass  # found below, row by row
    return b"".join([_careful_line(row) for row in page])


def which_are_plain(bodies: Sequence[bytes]) -> list[bool]:
    """Which of these stand in a line as they are."""
    return [True] * len(bodies) if _are_plain(bodies) else [_are_plain([body]) for body in bodies]


class _Quoted(dict[bytes, str]):
    """Names as JSON writes them."""

    def __missing__(self, name: bytes) -> str:
        written = self[name] = _written(name.decode()).decode()
        return written


def _are_plain(bodies: Sequence[bytes]) -> bool:
    """Whether each is JSON in UTF-8 that will be read from its line as it is."""
    lines = b"\n".join(bodies)
    try:
        lines.decode()
        return list(map(bytes, _BODIES.decode_lines(lines))) == bodies
    except (UnicodeDecodeError, msgspec.DecodeError):
        return False


def _chain(chain: bytes | None) -> str:
    return "null" if chain is None else f'"{chain.hex()}"'


def _careful_line(row: StoredRow) -> bytes:
    """The line of an event that may be anything."""
    position, stream, version, topic, state, chain = row
    quoted = _Quoted()
    try:
        head = f'{{"position":{position},"stream":{quoted[stream]},"version":{version:d},"type":{quoted[topic]}'
        head += f',"chain":{_chain(chain)}'
        if _are_plain([state]):
            return f'{head},"payload":{state.decode()}}}\n'.encode()
    except (ValueError, TypeError, AttributeError) as error:
        raise CannotExport(
            f"The event at position {position} holds values of a kind that reglue does not write: it was written by "
            "hand. `reglue audit verify` tells more."
        ) from error
    return f'{head},"payload_base64":"{b64encode(state).decode()}"}}\n'.encode()


class JsonLinesWriter:
    """See Writer."""

    def __init__(self, sink: IO[bytes], header: Header) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self._events = self._elided = 0
        self._put(header_line(header))

    def write(self, piece: Piece) -> None:
        """See Writer."""
        self._put(lines_of(piece))
        if isinstance(piece, Elided):
            self._elided += piece.events
        else:
            self._events += len(piece)

    def finish(self) -> End:
        """See Writer."""
        end = End(events=self._events, elided=self._elided, sha256=self._hash.hexdigest())
        self._sink.write(end_line(end))
        return end

    def give_up(self) -> None:
        """See Writer."""

    def _put(self, lines: bytes) -> None:
        self._hash.update(lines)
        self._sink.write(lines)


class JsonLinesReader:
    """See Reader."""

    def __init__(self, source: Bytes, place: Place) -> None:
        self._source = source
        self.place = place
        self._number = 1
        """How many lines were taken."""
        self._hash = hashlib.sha256()
        first = source.readline(_LONGEST_HEADER)
        if not first.endswith(b"\n"):
            raise place.cut_off(first)
        self.header = place.header(first)
        self._hash.update(first)

    def __iter__(self) -> Iterator[Piece]:
        """See Reader."""
        order = Order(self.header, self.place)
        for content in self._contents():
            lines = self._decoded(content)
            end = lines[-1].end
            if end is not UNSET:
                lines.pop()
                content = content[: content.rfind(b"\n", 0, -1) + 1]
            self._hash.update(content)
            for piece in self._pieces(lines):
                size = 1 if isinstance(piece, Elided) else len(piece)
                order.check(piece, self._number + 1)
                yield piece
                self._number += size
            if end is not UNSET:
                if self._source.read(1):
                    raise self.place.damaged("inserted", "more comes after the end", self._number + 2)
                order.check_end(end, self._hash.hexdigest(), self._number + 1)
                return
        raise self.place.damaged("removed", f"it was cut off after line {self._number:,}: its end is missing")

    def _pieces(self, lines: list[_Line]) -> Iterator[Piece]:
        start = 0
        for index, line in enumerate(lines):
            if line.elided is not UNSET:
                if index > start:
                    yield self._rows(lines[start:index])
                yield self._range(line.elided)
                start = index + 1
        if start < len(lines):
            yield self._rows(lines[start:] if start else lines)

    def fault(self, index: int, reason: str) -> DamagedFile:
        """See Reader."""
        return self.place.damaged("changed", reason, self._number + index + 1)

    def _contents(self) -> Iterator[bytes]:
        """Whole lines, about a megabyte at a time."""
        rest = bytearray()
        while chunk := self._source.read(_CHUNK):
            cut = chunk.rfind(b"\n") + 1
            if cut:
                yield bytes(rest + chunk[:cut])
                rest = bytearray(chunk[cut:])
            else:
                rest += chunk
                if len(rest) > _LONGEST:
                    raise self.place.damaged("changed", "it goes on for more than a gigabyte", self._number + 1)
        if rest:
            raise self.place.damaged("removed", "it is cut off", self._number + 1)

    def _decoded(self, content: bytes) -> list[_Line]:
        """What the lines say; only the last may be an end."""
        try:
            lines = _LINES.decode_lines(content)
            if len(lines) != content.count(b"\n"):
                lines = []
        except (msgspec.DecodeError, UnicodeDecodeError):
            lines = []
        lines = lines or [self._line(one, index) for index, one in enumerate(content.split(b"\n")[:-1])]
        for index, line in enumerate(lines[:-1]):
            if line.end is not UNSET:
                raise self.place.damaged("inserted", "more comes after the end", self._number + index + 2)
        return lines

    def _line(self, line: bytes, index: int) -> _Line:
        try:
            return _LINES.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self.fault(index, f"it cannot be read ({error})") from error

    def _rows(self, lines: list[_Line]) -> list[StoredRow]:
        if any(line.payload_base64 is not UNSET for line in lines):
            return [self._careful_row(line, index) for index, line in enumerate(lines)]
        unhex = bytes.fromhex
        try:
            return [
                (  # type: ignore[misc]  # a StoredRow but for its class, which would take half of the time
                    line.position,
                    line.stream.encode(),  # type: ignore[union-attr]  # what is unset is caught
                    line.version,
                    line.type.encode(),  # type: ignore[union-attr]
                    bytes(line.payload),  # type: ignore[arg-type]
                    unhex(line.chain) if line.chain is not None else None,
                )
                for line in lines
            ]
        except (AttributeError, TypeError, ValueError):
            return [self._careful_row(line, index) for index, line in enumerate(lines)]

    def _range(self, given: _Range) -> Elided:
        try:
            nodes = tuple(Subtree(width, bytes.fromhex(node)) for width, node in given.nodes)
        except ValueError as error:
            raise self.fault(0, f"a hash cannot be read ({error})") from error
        return Elided(given.first, given.last, nodes)

    def _careful_row(self, line: _Line, index: int) -> StoredRow:
        """The row of a line that may be anything."""
        try:
            payload, encoded = line.payload, line.payload_base64
            if isinstance(line.stream, UnsetType) or isinstance(line.type, UnsetType):
                raise ValueError("it lacks stream or type")
            if (payload is UNSET) == (encoded is UNSET):
                raise ValueError("it lacks a payload" if payload is UNSET else "it has two payloads")
            state = b64decode(encoded, validate=True) if isinstance(encoded, str) else bytes(payload)  # type: ignore[arg-type]
            chain = bytes.fromhex(line.chain) if line.chain is not None else None
        except ValueError as error:
            raise self.fault(index, f"it is no event ({error})") from error
        return StoredRow(line.position, line.stream.encode(), line.version, line.type.encode(), state, chain)
