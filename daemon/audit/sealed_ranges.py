"""Holds the seals against the log: each follows the one before it, fits its range, and is signed where it should be."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from daemon.audit.findings import Finding
from daemon.keys import Verifier
from events.catalogue import DamagedEvent, UnknownEvent, decode
from events.elisions import Elided
from events.proofs import Misplaced, Tree
from events.reading import ReadOnlyLog
from events.seals import LogSealed, Seal, sealed
from events.vocabulary import SEAL_STREAM

_NOT_SINCE = (
    "What they were when they were sealed cannot be told from this log; the events named above may be part of it."
)


class _Range:
    """A seal, and what of its range was seen so far."""

    def __init__(self, seal: Seal, is_saved: bool) -> None:
        self.seal = seal
        self.is_saved = is_saved
        self.tree = Tree()
        self.chained = 0
        self.elided = 0
        self._is_broken = False
        self.is_trusted = False
        """Whether another process saw that all of it fits."""

    @property
    def fits(self) -> bool:
        """Whether the log holds what was sealed, as events or as their hashes."""
        if self.is_trusted:
            return True
        if self._is_broken:
            return False
        return (self.tree.root().hex(), self.tree.size) == (self.seal.root, self.seal.events)

    @property
    def chains_fit(self) -> bool:
        """Whether as many events carry a chain as did; of those that stand as hashes it cannot be told."""
        return self.is_trusted or self.chained <= self.seal.chained <= self.chained + self.elided

    def take(self, rows: "_Rows", ranges: Sequence[Elided]) -> None:
        """Takes the next events of the range, and the next ranges without rows that lie between them."""
        start, stop = bisect_left(rows.positions, self.seal.first), bisect_right(rows.positions, self.seal.last)
        self.chained += sum(rows.chained[start:stop])
        for one in ranges:
            if self.seal.first <= one.first and one.last <= self.seal.last:
                before = bisect_left(rows.positions, one.first)
                self.tree.add(rows.leaves[start:before])
                start = max(start, before)
                self._graft(one)
        self.tree.add(rows.leaves[start:stop])

    def _graft(self, one: Elided) -> None:
        self.elided += one.events
        try:
            self.tree.graft(one.nodes)
        except Misplaced:
            self._is_broken = True


class _Rows(NamedTuple):
    """Rows one after another: their positions, their leaves, and whether they carry a chain."""

    positions: Sequence[int]
    leaves: Sequence[bytes]
    chained: Sequence[bool]


class SealedRanges:
    """All seals of a log up to a position, and those that were saved elsewhere."""

    def __init__(self, log: ReadOnlyLog, until: int, saved: Sequence[Seal], is_archive: bool = False) -> None:
        self._is_archive = is_archive
        self._found: list[Finding] = []
        self._places: dict[int, int] = {}
        self.seals = list(self._read(log, until))
        self._saved = saved
        self._until = until
        held = {seal.hash for seal in self.seals}
        self._ranges = [_Range(seal, False) for seal in self.seals]
        self._ranges += [_Range(seal, True) for seal in saved if seal.hash not in held]
        self._ranges.sort(key=lambda range: range.seal.first)
        self._done = 0

    def _read(self, log: ReadOnlyLog, until: int) -> Iterator[Seal]:
        for position, version, topic, state in log.bodies(SEAL_STREAM, until):
            self._places[version] = position
            try:
                event = decode(topic, state)
            except (UnknownEvent, DamagedEvent):
                event = None
            if isinstance(event, LogSealed):
                yield sealed(version, event)
            else:
                self._find("changed", version, "The seal cannot be read.", "It was changed after it was written.")

    def reach(self, first: int, last: int) -> bool:
        """Whether any seal speaks for positions from one to another, as they come next."""
        while self._done < len(self._ranges) and self._ranges[self._done].seal.last < first:
            self._done += 1
        return self._done < len(self._ranges) and self._ranges[self._done].seal.first <= last

    def take(
        self, positions: Sequence[int], leaves: Sequence[bytes], chained: Sequence[bool], elided: Sequence[Elided] = ()
    ) -> None:
        """Takes the next rows: their positions, their leaves, and whether they carry a chain; and the ranges without
        rows that come before the last of them."""
        last = max((*positions[-1:], *(one.last for one in elided[-1:])))
        rows = _Rows(positions, leaves, chained)
        for range in islice(self._ranges, self._done, None):
            if range.seal.first > last:
                break
            range.take(rows, elided)

    def may_be_cut(self, position: int) -> bool:
        """Whether the log may be looked at in two parts, up to a position and from the next one on: where that is in no
        seal's range, and where there are but the log's own seals."""
        return not any(one.is_saved or one.seal.first <= position < one.seal.last for one in self._ranges)

    def fit_after(self, position: int) -> bool:
        """Whether nothing was found, and all that is sealed after a position fits."""
        later = [one for one in self._ranges if one.seal.first > position]
        return not self._found and all(one.fits and one.chains_fit for one in later)

    def trust_after(self, position: int) -> None:
        """Takes it from another that all that is sealed after a position fits."""
        for one in self._ranges:
            one.is_trusted = one.seal.first > position

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the seals, and with what they seal."""
        yield from self._found
        yield from self._out_of_line()
        for range in self._ranges:
            seal = range.seal
            if not range.is_saved and not range.fits:
                what = f"The events from position {seal.first} to {seal.last} do not fit seal {seal.number}."
                means = f"Some of them were changed, removed, put in or moved after {_when(seal)}. {_NOT_SINCE}"
                yield Finding("unsealed", what, means, seal.first)
            elif not range.is_saved and not range.chains_fit:
                what = (
                    f"Of the events {seal.first} to {seal.last}, {seal.chained} carried a chain and {range.chained} do."
                )
                yield Finding("changed", what, f"Chains were taken away or put in after {_when(seal)}.", seal.first)

    def _out_of_line(self) -> Iterator[Finding]:
        before: Seal | None = None
        for seal in self.seals:
            number, first, previous = (before.number + 1, before.last + 1, before.hash) if before else (1, 1, "")
            if (seal.number, seal.first, seal.previous) != (number, first, previous):
                what = f"Seal {seal.number} does not go on from seal {number - 1}."
                yield self._about(seal, "unsealed", what, "One of them was changed, or those between were removed.")
            before = seal

    def look_at(self, elided: Sequence[Elided]) -> None:
        """Looks whether ranges without rows lie in seals: nothing else can speak for events that are not there. An
        archive may hold events that were not sealed yet, and then hashes of those between them."""
        firsts = [seal.first for seal in self.seals]
        end = self.seals[-1].last if self.seals else 0
        for one in elided:
            if self._is_archive and one.first > end and one.is_whole:
                continue
            place = bisect_right(firsts, one.first) - 1
            if place < 0 or one.last > self.seals[place].last or not one.is_whole:
                what = f"The positions {one.first} to {one.last} hold hashes for events, and lie in no one seal."
                means = "The events were removed; reglue moves only what is sealed."
                self._found.append(Finding("removed", what, means, one.first))

    def against_saved(self) -> Iterator[Finding]:
        """What the seals that were kept elsewhere say of the log."""
        held = {seal.number: seal for seal in self.seals}
        fits = {range.seal.hash: range.fits for range in self._ranges if range.is_saved}
        for saved in self._saved:
            mine = held.get(saved.number)
            if mine is not None and mine.hash == saved.hash:
                continue
            if self._until < saved.last:
                what = f"The log ends at position {self._until}; the saved seal {saved.number} reaches to {saved.last}."
                yield Finding(
                    "removed", what, f"Events that were there at {_when(saved)} were removed.", self._until + 1
                )
            else:
                of_it = (
                    "The events that it seals are as they were." if fits.get(saved.hash) else "Its events differ too."
                )
                what = f"The log holds {'another' if mine else 'no'} seal {saved.number} than the saved one. {of_it}"
                means = (
                    f"The log up to position {saved.last} was written anew after {_when(saved)}, or it is another log."
                )
                yield Finding("rewritten", what, means, saved.first)

    def against_keys(self, keys: Sequence[Verifier]) -> Iterator[Finding]:
        """Which seals are not signed by one of these keys, though they should be."""
        by_id = {key.key_id: key for key in keys}
        good = [seal for seal in self.seals if is_signed(seal, by_id)]
        if not good:
            why = "It was written anew by somebody who has no key, or it was never signed with this one."
            yield Finding("unsigned", "No seal of the log is signed with the key.", why)
            return
        for seal in self.seals:
            if seal not in good and (seal.signature or seal.number > good[0].number):
                what = (
                    f"Seal {seal.number} is not signed with the key."
                    if not seal.signature
                    else (f"The signature of seal {seal.number} is not the key's.")
                )
                means = "It, and the events from its first on, may have been written anew by somebody who has no key."
                yield self._about(seal, "unsigned", what, means)

    def sealed_to(self) -> int:
        """The last position under an unbroken row of seals that fit."""
        last = 0
        for range in self._ranges:
            if not range.is_saved and (not range.fits or range.seal.first != last + 1):
                break
            last = last if range.is_saved else range.seal.last
        return last

    def saved_to(self) -> int:
        """The last position under a saved seal that the log still holds."""
        held = {seal.hash for seal in self.seals}
        return min(max((seal.last for seal in self._saved if seal.hash in held), default=0), self.sealed_to())

    def signed_to(self, keys: Sequence[Verifier]) -> int:
        """The last position under a seal that one of these keys signed."""
        by_id = {key.key_id: key for key in keys}
        last = max((seal.last for seal in self.seals if is_signed(seal, by_id)), default=0)
        return min(last, self.sealed_to())

    def _about(self, seal: Seal, kind: str, what: str, means: str) -> Finding:
        place = self._places.get(seal.number)
        return Finding(kind, what, means, place, SEAL_STREAM, seal.number)  # type: ignore[arg-type]  # a Kind

    def _find(self, kind: str, version: int, what: str, means: str) -> None:
        found = Finding(kind, what, means, self._places.get(version), SEAL_STREAM, version)  # type: ignore[arg-type]  # a Kind
        self._found.append(found)


def is_signed(seal: Seal, keys: dict[str, Verifier]) -> bool:
    """Whether a seal carries a good signature by the key that it names."""
    key = keys.get(seal.key_id)
    try:
        return key is not None and key.has_signed(seal.text.encode(), bytes.fromhex(seal.signature))
    except ValueError:
        return False


def _when(seal: Seal) -> str:
    return seal.text.splitlines()[2].removeprefix("at ")
