"""Verifies a log: reads it once, from its first event to the newest, and reports what does not fit."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from daemon.audit.chains import MOST_LISTED, Chains
from daemon.audit.findings import Finding, Report
from daemon.audit.sealed_ranges import SealedRanges
from daemon.keys import Verifier
from events.reading import ReadOnlyLog
from events.seals import Seal

Progress = Callable[[int, int], None]
"""Told how far the verification is: the position, and the log's end."""


class Evidence(NamedTuple):
    """What is kept elsewhere: seals that were saved, and the public keys that seals are signed with."""

    seals: Sequence[Seal] = ()
    keys: Sequence[Verifier] = ()


def verify(path: Path, evidence: Evidence, progress: Progress = lambda position, end: None) -> Report:
    """Verifies the log in a file. Raises UnreadableLog for one that cannot be read at all."""
    began = time.perf_counter()
    with _uncollected(), ReadOnlyLog(path) as log:
        end, given = log.end()
        chains, ranges = Chains(log), SealedRanges(log, end, evidence.seals)
        for page in log.pages(-(2**63), end):
            wanted = ranges.reach(page[0][0], page[-1][0])
            leaves = chains.follow(page, wanted)
            if wanted:
                ranges.take([row[0] for row in page], leaves, [row[5] is not None for row in page])
            progress(page[-1][0], end)
        found = _sorted([*chains.findings(end, given)])
        found += _sorted([*ranges.findings(), *ranges.against_saved()])
        if evidence.keys:
            found += ranges.against_keys(evidence.keys)
    return Report(
        log=str(path),
        events=chains.events,
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


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: it would look through millions of rows for cycles, and there are none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda found: (found.position or 0, msgspec.structs.astuple(found)[0]))
