"""Verifies a log: reads it once, from its first event to the newest, and reports what does not fit."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from daemon.audit.chains import MOST_LISTED, Chains
from daemon.audit.findings import Finding, Report
from daemon.audit.sealed_ranges import SealedRanges
from daemon.audit.uncollected import uncollected
from daemon.keys import Verifier
from events.elisions import Elided
from events.proofs import StoredRow
from events.reading import ReadOnlyLog
from events.seals import Seal

Progress = Callable[[int, int], None]
"""Told how far the verification is: the position, and the log's end."""


ARCHIVE = "archive"
"""The `kind` in the header of a file that holds chosen streams."""


class Evidence(NamedTuple):
    """What is kept elsewhere: seals that were saved, and the public keys that seals are signed with."""

    seals: Sequence[Seal] = ()
    keys: Sequence[Verifier] = ()


def verify(path: Path, evidence: Evidence, progress: Progress = lambda position, end: None) -> Report:
    """Verifies the log in a file. Raises UnreadableLog for one that cannot be read at all."""
    began = time.perf_counter()
    with uncollected(), ReadOnlyLog(path) as log, log.still():
        end, given = log.end()
        is_archive = _is_archive(log.origin())
        chains, ranges = Chains(log), SealedRanges(log, end, evidence.seals, is_archive)
        after = -(2**63)
        for page in log.pages(after, end):
            elided = tuple(log.elided(after, page[-1][0]))
            _look_at(page, elided, chains, ranges)
            after = page[-1][0]
            progress(after, end)
        ranges.look_at(tuple(log.elided(end)))
        found = _sorted([*chains.findings(end, given)])
        if not is_archive:
            found += chains.unbacked()
        found += _sorted([*ranges.findings(), *ranges.against_saved()])
        if evidence.keys:
            found += ranges.against_keys(evidence.keys)
    return Report(
        log=str(path),
        events=chains.events,
        elided=chains.elided,
        is_archive=is_archive,
        position=end,
        unchained=chains.unchained,
        seals=len(ranges.seals),
        sealed_to=ranges.sealed_to(),
        signed_to=ranges.signed_to(evidence.keys) if evidence.keys else None,
        saved_to=ranges.saved_to() if evidence.seals else None,
        findings=found[:MOST_LISTED],
        more=chains.more + max(len(found) - MOST_LISTED, 0),
        seconds=time.perf_counter() - began,
    )


def _look_at(page: Sequence[StoredRow], elided: Sequence[Elided], chains: Chains, ranges: SealedRanges) -> None:
    """Takes the next rows, and the ranges without rows that come before the last of them."""
    positions = [row[0] for row in page]
    first = min(positions[0], elided[0].first) if elided else positions[0]
    wanted = ranges.reach(first, positions[-1])
    if elided:
        chains.expect(elided, positions)
        ranges.look_at(elided)
    leaves = chains.follow(page, wanted)
    if wanted:
        ranges.take(positions, leaves, [row[5] is not None for row in page], elided)


def _is_archive(origin: str | None) -> bool:
    """Whether a log was read from an archive, which holds few events and hashes for all others. What is no header of a
    file says nothing."""
    try:
        return origin is not None and msgspec.json.decode(origin, type=_Origin).kind == ARCHIVE
    except msgspec.DecodeError:
        return False


class _Origin(msgspec.Struct):
    kind: str


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda found: (found.position or 0, msgspec.structs.astuple(found)[0]))
