"""A log as Parquet, for pandas, DuckDB and the like.

The columns are the members of the lines of JSON, and beside them `at` and `by` out of the payload, so that most
questions need not look into that. A range of positions whose events stand as hashes is a row with nothing but
`position`, `last` and `nodes` (packed as in the log: `events/elisions.py`). Header and end are in the file's metadata;
the end's hash is that over the lines of JSON that say the same, so a log has the same hash in both formats.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import pyarrow as pa
from pyarrow import parquet

from daemon.exports.content import ROWS_AT_ONCE, DamagedFile, End, Header, Order, Piece, Place
from daemon.exports.json_lines import header_line, lines_of, which_are_plain
from events.elisions import Elided, packed, unpacked
from events.proofs import StoredRow

GROUP_ROWS = 50_000
GROUP_BYTES = 32 << 20
"""A row group ends with whichever comes first: so much is held in memory."""

AS_WRITTEN = "Import the file as it was exported, not what another program made of it."
_HEADER, _END = b"reglue.header", b"reglue.end"
_MOMENT = pa.timestamp("ms", "UTC")
_COLUMNS = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("stream", pa.string()),
        pa.field("version", pa.int64()),
        pa.field("type", pa.string()),
        pa.field("at", _MOMENT),
        pa.field("by", pa.string()),
        pa.field("chain", pa.binary()),
        pa.field("payload", pa.string()),
        pa.field("payload_base64", pa.string()),
        pa.field("last", pa.int64()),
        pa.field("nodes", pa.binary()),
    ]
)
_OF_EVENTS = ("stream", "version", "type", "at", "by", "chain", "payload", "payload_base64")
_REPEATED = ["stream", "type", "by"]


class _Told(msgspec.Struct, gc=False):
    """What a payload tells in columns of its own."""

    at: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    by: str


_AtAndBy = tuple[int | None, str | None]
_Columns = tuple[int | None, str | None, bytes | None, str | None]
_BLANK: _Columns = (None, None, None, None)
_ELIDED = (None,) * 6
_TOLD = msgspec.json.Decoder(_Told)


class ParquetWriter:
    """See Writer."""

    def __init__(self, sink: IO[bytes], header: Header) -> None:
        line = header_line(header)
        self._hash = hashlib.sha256(line)
        self._events = self._elided = 0
        self._waiting: list[StoredRow | Elided] = []
        self._batches: list[Any] = []
        self._file = parquet.ParquetWriter(
            sink,
            _COLUMNS.with_metadata({_HEADER: line.rstrip()}),
            compression="zstd",
            use_dictionary=_REPEATED,
            write_page_checksum=True,
        )

    def write(self, piece: Piece) -> None:
        """See Writer."""
        self._hash.update(lines_of(piece))
        if isinstance(piece, Elided):
            self._elided += piece.events
            self._waiting.append(piece)
        else:
            self._events += len(piece)
            self._waiting += piece
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._gather()

    def finish(self) -> End:
        """See Writer."""
        if self._waiting:
            self._gather()
        if self._batches:
            self._write_group()
        end = End(events=self._events, elided=self._elided, sha256=self._hash.hexdigest())
        self._file.add_key_value_metadata({_END.decode(): msgspec.json.encode(end).decode()})
        self._file.close()
        return end

    def give_up(self) -> None:
        """See Writer."""
        with suppress(OSError):
            self._file.close()
        self._file.is_open = False  # or it would try once more when it is collected

    def _gather(self) -> None:
        """Turns what waits into columns, which take far less room, and writes a row group when it is full."""
        self._batches.append(_batch(self._waiting))
        self._waiting = []
        rows = sum(batch.num_rows for batch in self._batches)
        if rows >= GROUP_ROWS or sum(batch.nbytes for batch in self._batches) >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._batches)
        self._file.write_table(table, row_group_size=table.num_rows)
        self._batches = []


def _batch(entries: Sequence[StoredRow | Elided]) -> Any:
    rows = [_ELIDED if isinstance(entry, Elided) else entry for entry in entries]
    _, streams, versions, topics, states, chains = zip(*rows, strict=True)
    bodies = [state for state in states if state is not None]
    told, are_plain = iter(_told(bodies)), iter(which_are_plain(bodies))
    columns = [_BLANK if state is None else _columns_of(state, next(told), next(are_plain)) for state in states]
    ats, bys, plain, encoded = zip(*columns, strict=True)
    ranges = [entry if isinstance(entry, Elided) else None for entry in entries]
    values = [
        pa.array([entry[0] for entry in entries], pa.int64()),
        pa.array(streams, pa.binary()).cast(pa.string()),
        pa.array(versions, pa.int64()),
        pa.array(topics, pa.binary()).cast(pa.string()),
        pa.array(ats, pa.int64()).cast(_MOMENT),
        pa.array(bys, pa.string()),
        pa.array(chains, pa.binary()),
        pa.array(plain, pa.binary()).cast(pa.string()),
        pa.array(encoded, pa.string()),
        pa.array([one.last if one is not None else None for one in ranges], pa.int64()),
        pa.array([packed(one.nodes) if one is not None else None for one in ranges], pa.binary()),
    ]
    return pa.record_batch(values, schema=_COLUMNS)


def _columns_of(state: bytes, told: _AtAndBy, is_plain: bool) -> _Columns:
    """What goes into the columns at, by, payload and payload_base64."""
    return (*told, state, None) if is_plain else (*told, None, b64encode(state).decode())


def _told(states: Sequence[bytes]) -> list[_AtAndBy]:
    """What goes into the columns `at` and `by`; nothing of a payload that does not tell it."""
    try:
        lines = b"\n".join(states)
        found = [(one.at, one.by) for one in _TOLD.decode_lines(lines)]
        if len(found) == len(states) and lines.count(b"\n") + 1 == len(states):
            return list(found)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # found below, row by row
    return [_told_by(state) for state in states]


def _told_by(state: bytes) -> _AtAndBy:
    try:
        one = _TOLD.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, None
    return one.at, one.by


class ParquetReader:
    """See Reader."""

    def __init__(self, path: Path, place: Place) -> None:
        self.place = place
        self._number = 0
        """How many rows were taken."""
        with self._told_plainly():
            self._file = parquet.ParquetFile(path, page_checksum_verification=True)
            metadata = self._file.metadata.metadata or {}
            columns = self._file.schema_arrow.remove_metadata()
        if _HEADER not in metadata:
            raise place.not_ours()
        self.header = place.header(metadata[_HEADER])
        if columns != _COLUMNS:
            raise place.damaged("changed", "its columns are not those of an export", way_out=AS_WRITTEN)
        self._line = metadata[_HEADER] + b"\n"
        self._end = metadata.get(_END)

    def __iter__(self) -> Iterator[Piece]:
        """See Reader."""
        order, digest = Order(self.header, self.place), hashlib.sha256(self._line)
        for batch in self._batches():
            for piece in self._pieces(batch):
                order.check(piece, self._number + 1)
                digest.update(lines_of(piece))
                yield piece
                self._number += 1 if isinstance(piece, Elided) else len(piece)
        if self._end is None:
            raise self.place.damaged("removed", "its metadata has no end")
        try:
            end = msgspec.json.decode(self._end, type=End)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self.place.damaged("changed", f"the end in its metadata cannot be read ({error})") from error
        order.check_end(end, digest.hexdigest(), None)

    def fault(self, index: int, reason: str) -> DamagedFile:
        """See Reader."""
        return self.place.damaged("changed", reason, self._number + index + 1)

    def _batches(self) -> Iterator[Any]:
        batches = self._file.iter_batches(ROWS_AT_ONCE)
        while True:
            with self._told_plainly():
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _pieces(self, batch: Any) -> Iterator[Piece]:
        ranges = batch.column("nodes")
        start = 0
        if ranges.null_count < len(ranges):
            for index, nodes in enumerate(ranges.to_pylist()):
                if nodes is not None:
                    if index > start:
                        yield self._rows(batch.slice(start, index - start))
                    yield self._range(batch.slice(index, 1).to_pylist()[0])
                    start = index + 1
        if start < len(ranges):
            yield self._rows(batch.slice(start))

    def _range(self, row: dict[str, Any]) -> Elided:
        if row["last"] is None or any(row[name] is not None for name in _OF_EVENTS):
            raise self.fault(0, "it is neither an event nor a range of hashes")
        return Elided(row["position"], row["last"], unpacked(row["nodes"]))

    def _rows(self, batch: Any) -> list[StoredRow]:
        position, stream, version, kind, at, by, chain, payload, encoded, *_ = batch.columns
        states = payload.cast(pa.binary()).to_pylist()
        if payload.null_count or encoded.null_count != len(encoded):
            states = [self._state(*both) for both in enumerate(zip(states, encoded.to_pylist(), strict=True))]
        if stream.null_count or version.null_count or kind.null_count:
            raise self.fault(_first_null(stream, version, kind), "it is no event (it lacks stream, version or type)")
        told = list(zip(at.cast(pa.int64()).to_pylist(), by.to_pylist(), strict=True))
        if told != (found := _told(states)):
            index = next(index for index, both in enumerate(zip(told, found, strict=True)) if both[0] != both[1])
            reason = "`at` and `by` are not those of the payload"
            raise self.place.damaged("changed", reason, self._number + index + 1, AS_WRITTEN)
        columns = (position, stream.cast(pa.binary()), version, kind.cast(pa.binary()))
        return list(zip(*(column.to_pylist() for column in columns), states, chain.to_pylist(), strict=True))  # type: ignore[arg-type]

    def _state(self, index: int, given: tuple[bytes | None, str | None]) -> bytes:
        payload, encoded = given
        try:
            if payload is not None and encoded is None:
                return payload
            if payload is None and encoded is not None:
                return b64decode(encoded, validate=True)
            raise ValueError("it lacks a payload" if payload is None else "it has two payloads")
        except ValueError as error:
            raise self.fault(index, f"it is no event ({error})") from error

    @contextmanager
    def _told_plainly(self) -> Iterator[None]:
        """What pyarrow does not like about a file is what is wrong with it."""
        try:
            yield
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            number = self._number + 1 if self._number else None
            reason = f"it is cut off or damaged ({_first_sentence(error)})"
            raise self.place.damaged("changed", reason, number) from error


def _first_null(*columns: Any) -> int:
    """The first row that has nothing in one of the columns."""
    return next(index for index, values in enumerate(zip(*columns, strict=True)) if not all(v.is_valid for v in values))


def _first_sentence(error: Exception) -> str:
    return str(error).partition("\n")[0].removesuffix(".")
