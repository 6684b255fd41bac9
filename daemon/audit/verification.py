"""Verifies a log: reads it once, from its first event to the newest, and reports what does not fit.

A long log is read in two parts, beside each other where a second processor may be used (daemon/audit/parts.py).
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from daemon.audit.chains import MOST_LISTED, Chains
from daemon.audit.findings import Finding, Report
from daemon.audit.parts import SecondPart, look_through, where_to_cut
from daemon.audit.processors import usable_processors
from daemon.audit.sealed_ranges import SealedRanges
from daemon.audit.second_process import Beside, beside
from daemon.audit.uncollected import uncollected
from daemon.keys import Verifier
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


def verify(
    path: Path,
    evidence: Evidence,
    progress: Progress = lambda position, end: None,
    processors: int | None = None,
) -> Report:
    """Verifies the log in a file, a long one on two of the `processors` (None: those that may be used). Raises
    UnreadableLog for one that cannot be read at all."""
    began = time.perf_counter()
    with uncollected(), ReadOnlyLog(path) as log, log.still():
        end, given = log.end()
        is_archive = _is_archive(log.origin())
        chains, ranges = Chains(log), SealedRanges(log, end, evidence.seals, is_archive)
        cut = where_to_cut(log, end, ranges)
        is_shared = cut < end and (processors or usable_processors()) > 1
        part = SecondPart(os.fsencode(path), cut, end, log.elided_events(), is_archive) if is_shared else None
        with beside(part) as other:
            for position in look_through(log, (-(2**63), cut), chains, ranges):
                progress(position + other.done, end)
            if _is_joined(other, cut, chains, lambda done: progress(cut + done, end)):
                ranges.trust_after(cut)
                progress(end, end)
            else:
                for position in look_through(log, (cut, end), chains, ranges):
                    progress(position, end)
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


def _is_joined(other: Beside, cut: int, chains: Chains, told: Callable[[int], None]) -> bool:
    """At the cut, takes what another process has to say of the rest, if it does and both parts fit together."""
    followed = other.followed(told) if chains.cut(cut) else None
    return followed is not None and chains.join(followed)


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
