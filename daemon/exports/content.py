"""What a file of a log holds, whatever its format: a header, events in order of position, an end that proves it whole.

The names and members of header and end are a storage format.
"""

from collections.abc import Iterator
from typing import Literal, Protocol

import msgspec

from daemon.audit.findings import Finding, Kind
from events.elisions import Elided
from events.proofs import StoredRow

Piece = list[StoredRow] | Elided
"""Events one after another, or a range of positions whose events stand as hashes."""

FORMAT = "reglue.log/1"
ROWS_AT_ONCE = 2_000
HASH_BYTES = 32
AGAIN = "Take another copy of the file, or export the log again."
"""The way out for a file that is damaged."""

_BEGINS = b'{"format":"reglue.log/'
"""What every header begins with."""
_MEANS: dict[Kind, str] = {
    "changed": "Somebody changed it, or a disk did: take another copy of the file.",
    "removed": "What was there is cut off, or was taken out after it was written: take another copy of the file.",
    "inserted": "It was put in after the file was written: take another copy of the file.",
    "reordered": "The order was changed after the file was written: take another copy of the file.",
}


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file is: all of a log, or an archive with some of its streams; the log that it is of (`log`, its
    identity), and the positions that it speaks for. `given` is the last position that the log had ever given to an
    event, null if its count of them was gone. `runs` is how many runs an archive was made for."""

    format: str = FORMAT
    kind: Literal["log", "archive"] = "log"
    log: str | None
    first: int
    last: int
    given: int | None
    runs: int | None = None


class End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many events came before it, how many were there as hashes only, and the SHA-256 (hex) of all lines before it,
    as they are in JSON Lines."""

    events: int
    elided: int
    sha256: str


class UnusableFile(Exception):
    """A file is not what it should be; the text names it, the place in it, the reason and the way out."""


class DamagedFile(UnusableFile):
    """A file of ours is not what was written; the findings tell what is wrong where."""

    def __init__(self, text: str, findings: list[Finding]) -> None:
        super().__init__(text)
        self.findings = findings


class CannotExport(Exception):
    """A log holds what no file can carry; the text says where."""


class Writer(Protocol):
    """Writes a file piece by piece; it is given the header when it is made."""

    def write(self, piece: Piece) -> None:
        """Takes what comes next. Raises CannotExport and OSError."""

    def finish(self) -> End:
        """Writes the end."""

    def give_up(self) -> None:
        """Lets go of a file that will not be whole."""


class Bytes(Protocol):
    """What a file is read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, fewer at the end only."""

    def readline(self, size: int, /) -> bytes:
        """The rest of the line, so many bytes at most."""


class Place:
    """The place in a file that is read, for what is wrong there: a line of JSON, a row of Parquet."""

    def __init__(self, name: str, unit: str) -> None:
        self.name = name
        self._unit = unit

    def at(self, number: int | None) -> str | None:
        """The line or row of a number in words."""
        return f"{self._unit} {number:,}" if number is not None else None

    def told(self, reason: str, number: int | None = None, way_out: str = AGAIN) -> str:
        """What is wrong with the line or row of a number, or with the whole file, in a sentence."""
        where = f", {self.at(number)}" if number is not None else ""
        return f"{self.name}{where}: {reason}. {way_out}"

    def damaged(self, kind: Kind, reason: str, number: int | None = None, way_out: str = AGAIN) -> DamagedFile:
        """What to raise about the line or row of a number, or about the whole file, that is not what was written."""
        what = f"{reason[0].upper()}{reason[1:]}."
        found = Finding(kind, what, _MEANS[kind], file=self.name, place=self.at(number))
        return DamagedFile(self.told(reason, number, way_out), [found])

    def of_entry(self, number: int) -> int:
        """The line or row of the entry of this number, be it an event or a range; the first is 1."""
        return number + (self._unit == "line")

    def not_ours(self) -> UnusableFile:
        """What to raise about a file that something else wrote."""
        way_out = "Give it what `reglue audit export` or `reglue archive` wrote."
        return UnusableFile(self.told("it is no export of reglue's", way_out=way_out))

    def cut_off(self, beginning: bytes) -> UnusableFile:
        """What to raise about a file that ends before its header does."""
        if not beginning:
            return self.damaged("removed", "it is empty")
        if beginning.startswith(_BEGINS):
            return self.damaged("removed", "it is cut off in its header")
        return self.not_ours()

    def header(self, body: bytes) -> Header:
        """The header that a file begins with. Raises DamagedFile, and UnusableFile for one that this version does not
        read."""
        try:
            written = msgspec.json.decode(body, type=_Format).format
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if body.startswith(_BEGINS):
                raise self.damaged("changed", f"its header cannot be read ({error})") from error
            raise self.not_ours() from error
        if written != FORMAT:
            reason = f"its format is {written!r}, this version of reglue reads {FORMAT!r}"
            way_out = "Read it with the version of reglue that wrote it, or a later one."
            raise UnusableFile(self.told(reason, way_out=way_out))
        try:
            return msgspec.json.decode(body, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self.damaged("changed", f"its header cannot be read ({error})") from error


class ChangedFile(Exception):
    """A file could be read to its end, and is not what was written. Its events may tell where; else the kind, and the
    number of the line or row that shows it, are what is known."""

    def __init__(self, place: Place, kind: Kind, reason: str, number: int | None = None) -> None:
        super().__init__(reason)
        self.place = place
        self.kind = kind
        self.number = number


class Reader(Protocol):
    """Reads a file piece by piece. Its errors are DamagedFile, ChangedFile in the end, UnusableFile when it is made of
    what is no such file, and OSError for a disk that cannot be read."""

    header: Header
    place: Place

    def __iter__(self) -> Iterator[Piece]:
        """All that it holds, in order of position; when it ends, the file is whole and what its end says."""

    def fault(self, index: int, reason: str) -> DamagedFile:
        """What to raise about one of the events of the piece that was handed out last."""


class _Format(msgspec.Struct):
    format: str


class Order:
    """Holds what is read against what a file of its header may hold: positions that ascend, and lie in its range."""

    def __init__(self, header: Header, place: Place) -> None:
        self._header = header
        self._place = place
        self._last = header.first - 1
        self.events = self.elided = 0

    def check(self, piece: Piece, number: int) -> None:
        """Takes what comes next, which begins with the line or row of a number. Raises DamagedFile."""
        if isinstance(piece, Elided):
            self._check_elided(piece, number)
            return
        self.events += len(piece)
        places = [row[0] for row in piece]
        if places == list(range(self._last + 1, self._last + 1 + len(places))) and places[-1] <= self._header.last:
            self._last = places[-1]
            return
        for index, position in enumerate(places):
            self._take(position, number + index)

    def _check_elided(self, one: Elided, number: int) -> None:
        if not one.is_whole or any(width & (width - 1) or len(node) != HASH_BYTES for width, node in one.nodes):
            reason = f"its hashes do not stand for the positions {one.first} to {one.last}"
            raise self._place.damaged("changed", reason, number)
        self.elided += one.events
        self._take(one.first, number)
        if one.last > one.first:
            self._take(one.last, number)

    def _take(self, position: int, number: int) -> None:
        if position == self._last:
            raise self._place.damaged("inserted", f"the event at position {position} comes a second time", number)
        if position < self._last:
            raise self._place.damaged("reordered", f"position {position} comes after position {self._last}", number)
        if position > self._header.last:
            reason = f"position {position} is beyond the file's last, {self._header.last}"
            raise self._place.damaged("changed", reason, number)
        self._last = position

    def check_end(self, end: End, digest: str, number: int | None) -> None:
        """Holds the end against what came before it. Raises ChangedFile."""
        is_all_there = end.sha256 == digest
        for there, said, what in ((self.events, end.events, "events"), (self.elided, end.elided, "elided events")):
            if there != said:
                kind: Kind = "changed" if is_all_there else "removed" if there < said else "inserted"
                reason = f"it says that there are {said:,} {what}, and {there:,} are there"
                raise ChangedFile(self._place, kind, reason, number)
        if not is_all_there:
            raise ChangedFile(self._place, "changed", "it was changed after it was written")
