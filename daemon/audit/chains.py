"""Follows the chains of all streams through the log, in order of position, and says where one does not hold.

A row whose chain does not fit is tried at other positions before it is called changed: an event that was moved fits
where it was written.

The rows after a cut may be followed by another process meanwhile. Where it finds nothing, and every stream goes on
there as it stands at the cut, what it followed is joined; else whoever came to the cut follows those rows as well, and
so names what is wrong with all that came before in mind.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import blake2b, sha256
from struct import error as StructError
from typing import NamedTuple

import msgspec

from daemon.audit.findings import Finding
from daemon.audit.known_streams import BEGINNING, GoesOn, KnownStreams
from events.archives import RunArchived
from events.catalogue import STORED_NAMES, DamagedEvent, UnknownEvent, decode
from events.elisions import Elided
from events.proofs import CHAIN_BYTES, FRAME, LEAF, UNCHAINED, StoredRow, framed, link
from events.reading import ReadOnlyLog

MOST_LISTED = 1_000
_FARTHEST_SHIFT = 16
_MOST_TRIED = 300_000
_STUB = STORED_NAMES[RunArchived].encode()
_BROKEN = sha256(b"a row that no event fits").digest()
"""Stands as the leaf of a row that cannot even be hashed."""


class _Misfit(NamedTuple):
    """A row whose chain does not fit where it stands, and the chain that it follows."""

    row: StoredRow
    before: bytes

    def fits_at(self, position: int) -> bool:
        """Whether the row is as it was written, at another position."""
        if position < 1:
            return False
        row = self.row
        return row.chain == link(self.before, framed((position, row.version), row.stream, row.topic, row.state))


class _Run(NamedTuple):
    """Rows from one position to another that were all moved by the same distance."""

    first: int
    last: int
    shift: int


class Followed(msgspec.Struct, frozen=True):
    """What is to be told of rows after a cut in which nothing was found: how many there are of each kind, and as what
    the streams of the first of them were taken to go on."""

    events: int
    elided: int
    moved: int
    unchained: int
    went_on: list[GoesOn]


class Chains:
    """Takes the log's rows page by page, those after a position; `findings` then tells what is wrong."""

    def __init__(self, log: ReadOnlyLog, after: int = 0) -> None:
        self._log = log
        self._known = KnownStreams(after)
        self._expected = after + 1
        self._chained_from = log.chained_from()
        self._doubted: dict[bytes, bytes] = {}
        self._gaps: list[tuple[int, int]] = []
        self._lost: list[tuple[int, int, bytes, int]] = []
        self._long: list[tuple[int, int]] = []
        self._early: list[tuple[StoredRow, int]] = []
        self._misfits: list[_Misfit] = []
        self._runs: list[_Run] = []
        self._found: list[Finding] = []
        self._elided: Sequence[Elided] = ()
        self.elided = self.moved = 0
        self.events = 0
        self.unchained = 0
        self.more = 0

    def expect(self, elided: Sequence[Elided], positions: Sequence[int]) -> None:
        """Takes the ranges without rows that come before the last of the next rows, whose positions these are."""
        self._elided = elided
        for one in elided:
            self.elided += one.events
            place = bisect_left(positions, one.first)
            if place < len(positions) and positions[place] <= one.last:
                what = "An event is there and stands as a hash as well, as one that was moved elsewhere."
                self._note(Finding("inserted", what, _BY_HAND, positions[place]))

    def follow(self, page: Sequence[StoredRow], with_leaves: bool) -> list[bytes]:
        """Follows the next rows; returns their leaves for the trees of seals, if they are asked for."""
        leaves: list[bytes] = []
        young, old, expected = self._known.young, self._known.old, self._expected
        for position, stream, version, topic, state, chain in page:
            try:
                # As framed() and link() do it, without the calls: this is what a verification takes its time for.
                frame = FRAME(position, version, len(stream), len(topic)) + stream + topic + state
                known = young.get(stream) or old.get(stream, BEGINNING)
                follows = chain == blake2b(known[1] + frame, digest_size=CHAIN_BYTES).digest()
            except (StructError, TypeError):
                self._unhashable(StoredRow(position, stream, version, topic, state, chain))
                leaves.append(_BROKEN)
                expected = max(position + 1, 1)
                continue
            if with_leaves:
                leaves.append(sha256(LEAF + frame).digest())
            if not follows or position != expected or known[0] + 1 != version or topic == _STUB:
                self._expected = expected
                row = StoredRow(position, stream, version, topic, state, chain)
                young[stream] = (version, self._irregular(row, known))
            else:
                young[stream] = (version, chain)  # type: ignore[assignment]  # one that follows is not None
            expected = position + 1
        self._expected = expected
        self.events += len(page)
        self._known.passed(len(page))
        return leaves

    def cut(self, position: int) -> bool:
        """Comes to a cut; returns whether the row at its position was the last."""
        self._known.forget()
        return self._expected == position + 1

    @property
    def is_in_order(self) -> bool:
        """Whether nothing was found in the rows so far."""
        found = (self._found, self._gaps, self._lost, self._early, self._misfits, self._runs)
        return not self.more and not any(found)

    def followed(self) -> Followed:
        """What is to be told, if the rows are in order, to whoever comes to the cut that this began at."""
        return Followed(self.events, self.elided, self.moved, self.unchained, self._known.went_on())

    def join(self, rest: Followed) -> bool:
        """At a cut, takes what was followed after it, if every stream goes on there as it stands here."""
        if not self._known.go_on(rest.went_on):
            return False
        self.events += rest.events
        self.elided += rest.elided
        self.moved += rest.moved
        self.unchained += rest.unchained
        return True

    def _irregular(self, row: StoredRow, known: tuple[int, bytes]) -> bytes:
        """Looks closely at a row that does not simply follow; returns the chain that its stream goes on from."""
        if row.position != self._expected:
            self._gap(row)
        before = self._chain_before(row, known) if row.topic != _STUB else self._chain_moved(row, known)
        if row.chain is None:
            return self._without_chain(row)
        doubted = self._doubted.pop(row.stream, None)
        if before is not None:
            frame = framed((row.position, row.version), row.stream, row.topic, row.state)
            fits = row.chain == link(before, frame) or (doubted is not None and row.chain == link(doubted, frame))
            if not fits:
                self._misfit(_Misfit(row, before))
                self._doubted[row.stream] = link(before, frame)
        return row.chain

    def _gap(self, row: StoredRow) -> None:
        if row.position < self._expected:
            self._find("inserted", row, "stands at a position that no event was ever given", _BY_HAND)
        else:
            self._gaps += _uncovered(self._expected, row.position - 1, self._elided)

    def _without_chain(self, row: StoredRow) -> bytes:
        if self._chained_from is None or row.position < self._chained_from:
            self.unchained += 1
        else:
            self._find(
                "inserted",
                row,
                f"carries no chain, though every event from position {self._chained_from} on does",
                "It was put in by hand, or its chain was taken away.",
            )
        return UNCHAINED

    def _chain_before(self, row: StoredRow, known: tuple[int, bytes]) -> bytes | None:
        """The chain that a row follows; None if the event before it in its stream is gone."""
        if row.version == known[0] + 1:
            return known[1]
        if row.version == 1:
            self._find("reordered", row, "is its stream's first, and comes after others", "The order was changed.")
            return UNCHAINED
        found = self._log.place_of(row.stream, row.version - 1)
        if found is None:
            self._lose(row)
            return None
        if found[0] > row.position and len(self._early) < MOST_LISTED:
            self._early.append((row, found[0]))
        before = (row.version - 1, found[1] or UNCHAINED)
        if known == BEGINNING:
            self._known.looked_up(row.stream, before)
        return before[1]

    def _chain_moved(self, row: StoredRow, known: tuple[int, bytes]) -> bytes | None:
        """The chain that the stub of an archived run goes on from; None if it cannot be told. Those that it stands for
        must not be there."""
        try:
            stub = decode(row.topic.decode(), row.state)
            chain = bytes.fromhex(stub.chain) if isinstance(stub, RunArchived) else b""
        except (DamagedEvent, UnknownEvent, ValueError):
            stub = None
        if not isinstance(stub, RunArchived) or stub.events != row.version - 1 or len(chain) not in (0, CHAIN_BYTES):
            self._find("changed", row, "does not say what was moved out of its stream before it", _CHANGED)
            return None
        if known[0] or self._log.newest_before(row.stream, row.version) is not None:
            self._find(
                "inserted", row, "says that those before it were moved out of the log, and some are there", _BACK
            )
        else:
            self.moved += stub.events
        return chain or UNCHAINED

    def _lose(self, row: StoredRow) -> None:
        """The versions between a row and the one that is there before it in its stream are gone."""
        before = self._log.newest_before(row.stream, row.version)
        position, version = before if before is not None else (0, 0)
        for missing in range(max(version + 1, row.version - MOST_LISTED), row.version):
            self._lost.append((position, row.position, row.stream, missing))

    def _misfit(self, misfit: _Misfit) -> None:
        """A row that fits nowhere near is kept for `findings`; one that was moved with its neighbours joins them."""
        position = misfit.row.position
        run = self._runs[-1] if self._runs else None
        if run is not None and misfit.fits_at(position + run.shift):
            self._runs[-1] = run._replace(last=position)
            return
        base = run.shift if run is not None else 0
        for step in range(1, _FARTHEST_SHIFT + 1):
            for shift in (base + step, base - step):
                if shift and misfit.fits_at(position + shift) and len(self._runs) < MOST_LISTED:
                    self._runs.append(_Run(position, position, shift))
                    return
        if len(self._misfits) < MOST_LISTED:
            self._misfits.append(misfit)
        else:
            self.more += 1

    def _unhashable(self, row: StoredRow) -> None:
        if row.position < 1:
            self._find("inserted", row, "stands at a position that no event was ever given", _BY_HAND)
            return
        self._find("changed", row, "holds values of a kind that reglue does not write", "It was written by hand.")

    def _find(self, kind: str, row: StoredRow, what: str, means: str) -> None:
        self._note(finding(kind, row, f"The event {what}.", means))

    def _note(self, found: Finding) -> None:
        if len(self._found) < MOST_LISTED:
            self._found.append(found)
        else:
            self.more += 1

    def findings(self, end: int, given: int | None) -> Iterator[Finding]:
        """What is wrong with single events of a log that ends at a position and has given positions up to another."""
        missing = self._missing(end, given)
        moved = [*self._moved(missing), *self._misplaced(missing)]
        yield from self._found
        if given is None and end:
            yield Finding("removed", "The table's own count of positions is gone.", "The newest events may be too.")
        yield from self._removed(end, missing)
        yield from moved
        places = {found.position for found in moved}
        for row, place in self._early:
            if not {row.position, place} & places:
                what = f"The event comes before version {row.version - 1} of its stream, which is at position {place}."
                yield finding("reordered", row, what, _ORDER)

    def unbacked(self) -> Iterator[Finding]:
        """What is wrong with the events that stand as hashes, in a log that says itself which were moved out of it."""
        if self.elided > self.moved:
            what = f"{self.elided:,} events are there as hashes only, {self.moved:,} were moved to archives."
            yield Finding("removed", what, "The others were removed after they were written.")

    def _missing(self, end: int, given: int | None) -> set[int]:
        """The positions that no row has, though they were given to events."""
        gaps = [*self._gaps, *([(end + 1, given)] if given is not None and given > end else [])]
        self._long = [(first, last) for first, last in gaps if last - first >= MOST_LISTED]
        return {place for first, last in gaps if last - first < MOST_LISTED for place in range(first, last + 1)}

    def _moved(self, missing: set[int]) -> Iterator[Finding]:
        """Rows that were moved: two that were swapped, one that was put elsewhere, or all after one that was removed or
        put in. Takes the places that are explained by it out of those that are missing."""
        lone = {run.first: run.first + run.shift for run in self._runs if run.first == run.last}
        for run in self._runs:
            origin = lone.get(run.first)
            if origin is not None and (lone.get(origin) == run.first or origin in missing):
                missing.discard(origin)
                yield Finding("reordered", f"The event was written at position {origin}.", _ORDER, run.first)
            else:
                missing.difference_update(range(run.last + 1, run.last + run.shift + 1))
                yield _renumbered(run)

    def _misplaced(self, missing: set[int]) -> Iterator[Finding]:
        """Each row that fits nowhere near: moved from afar, put in before the others moved, or changed."""
        places = [*(misfit.row.position for misfit in self._misfits), *sorted(missing)]
        places = places[: _MOST_TRIED // max(len(self._misfits), 1)]
        making_room = {run.first for run in self._runs if run.shift < 0}
        for misfit in self._misfits:
            row = misfit.row
            origin = next((place for place in places if place != row.position and misfit.fits_at(place)), None)
            if origin is not None:
                missing.discard(origin)
                yield finding("reordered", row, f"The event was written at position {origin}.", _ORDER)
            elif row.position + 1 in making_room:
                yield finding("inserted", row, "The event fits nowhere, and those after it made room for it.", _BY_HAND)
            else:
                yield finding("changed", row, "The event does not fit its chain.", _CHANGED)

    def _removed(self, end: int, missing: set[int]) -> Iterator[Finding]:
        """The events that are gone: each missing position, with stream and version where they are known."""
        for after, until, stream, version in self._lost:
            near = [place for place in missing if after < place < until]
            place = near[0] if len(near) == 1 else None
            missing.discard(place or 0)
            where = f"at position {place}" if place else f"between the positions {after} and {until}"
            what = f"Version {version} of the stream is gone, {where}."
            yield Finding("removed", what, _GONE, place or until, text(stream), version)
        for first, last in [*_ranges(sorted(missing)), *self._long]:
            newest = "the newest of its stream" if first <= end else "among the newest of the log"
            if first == last:
                yield Finding("removed", "The event at this position is gone.", f"{_GONE} It was {newest}.", first)
            else:
                what = f"The events from position {first} to {last} are gone."
                yield Finding("removed", what, "They were removed, or the one after them was put far behind.", first)


_ORDER = "The order of events was changed after they were written."
_BY_HAND = "It was put in by hand."
_CHANGED = "It was changed after it was written, or put in by hand."
_BACK = "They were put back by hand."
_GONE = "It was removed after it was written."


def finding(kind: str, row: StoredRow, what: str, means: str) -> Finding:
    """A finding about the event of a row."""
    version = row.version if isinstance(row.version, int) else None
    return Finding(kind, what, means, row.position, text(row.stream), version)  # type: ignore[arg-type]  # a Kind


def text(stream: bytes) -> str:
    """A stream's name as people read it, whatever bytes are there."""
    return stream.decode("utf-8", "backslashreplace") if isinstance(stream, bytes) else repr(stream)


def _uncovered(first: int, last: int, elided: Sequence[Elided]) -> Iterator[tuple[int, int]]:
    """What is left of a gap between rows without the ranges that stand as hashes."""
    for one in elided[bisect_left(elided, first, key=lambda one: one.first) :]:
        if one.first > last:
            break
        if one.first > first:
            yield first, one.first - 1
        first = max(first, one.last + 1)
    if first <= last:
        yield first, last


def _ranges(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each row of places without a gap."""
    first = 0
    for index, place in enumerate(places):
        if index + 1 == len(places) or places[index + 1] != place + 1:
            yield places[first], place
            first = index + 1


def _renumbered(run: _Run) -> Finding:
    count = abs(run.shift)
    events = "event" if count == 1 else "events"
    what = f"The events from position {run.first} to {run.last} were written {count} further "
    if run.shift > 0:
        means = f"{count} {events} before position {run.first} was removed, and the others were renumbered to hide it."
        return Finding("removed", f"{what}on.", means, run.first)
    means = f"{count} {events} before position {run.first} was put in by hand, and the others were renumbered."
    return Finding("inserted", f"{what}back.", means, run.first - count)
