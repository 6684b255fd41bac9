"""Shares of a log, folded each by itself, say together what one pass over the log says."""

import tempfile
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon import commands
from daemon.audit.replay_shares import Extract, Replayed, replayed, together
from events.reading import ReadOnlyLog
from events.shares import BEGINNING, END, WHOLE, Share
from tests.daemon.audit.archived_logs import ArchivedLog
from tests.daemon.decisions.crawler_text import crawl, given_crawler, table
from tests.daemon.decisions.random_workflows import BODIES, EXAMPLES, play, resume, workflow_texts
from tests.daemon.decisions.specification import Specification

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
FIRST = Specification().at
ANOTHER = "T9: -> Y\nT10: Y -> Z"


@settings(EXAMPLES, max_examples=EXAMPLES.max_examples // 2)
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_shares_make_the_whole(text: str, bodies: Any, data: st.DataObject) -> None:
    """Whatever ran, was resumed, archived and removed: at the end, and at any moment before it, wherever it is
    cut into shares, they say what one pass says, also after they were sent from one process to another."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        log = ArchivedLog(Specification(text, bodies), Path(folder, "log.db"))
        crawl(given_crawler(log.spec.given_workflow("V", ANOTHER, {})), table("t"))
        runs: list[str] = []
        for _ in range(data.draw(st.integers(1, 4))):
            _begin(log.spec, data, runs)
            if data.draw(st.booleans()):
                play(log.spec, data)
                _put_away(log, data, runs)
        if data.draw(st.booleans()):
            log.spec.when(commands.RemoveWorkflow, "V")
        end = log.spec.log.position()
        with ReadOnlyLog(log.close()) as read:
            for until in (end, data.draw(st.integers(1, end))):
                extract = Extract(until, data.draw(st.sampled_from([1, 2, 100])))
                cuts = data.draw(st.sets(st.integers(FIRST, log.spec.at), min_size=1, max_size=4))
                shares = [_sent(replayed(read, extract, share, _quiet)) for share in _between(cuts)]
                assert together(shares, extract.keep) == replayed(read, extract, WHOLE, _quiet)


def _quiet(_: int) -> None:
    """Told how far it is."""


def _between(cuts: Iterable[int]) -> list[Share]:
    return [Share(since, to) for since, to in pairwise([BEGINNING, *sorted(cuts), END])]


def _begin(spec: Specification, data: st.DataObject, runs: list[str]) -> None:
    """A run of either workflow, a resume, or a job run that stands alone, begins; or a run gets a property."""
    kind: str = data.draw(st.sampled_from(["W", "V", "resume", "job", "put"]))
    ended = [run for run in runs if run not in spec.standing.runs]
    if kind == "resume" and ended:
        runs.append(resume(spec, data, ended))
    elif kind == "put" and runs:
        run = data.draw(st.sampled_from(runs))
        spec.when(commands.PutRunProperties, spec.graph(run).workflow, run, {"seen": str(spec.at)})
    elif kind == "job":
        spec.when(commands.RequestJobRun, "Y", {"JobRunQueuingEnabled": True})
    else:
        runs.append(spec.start(kind if kind == "V" else "W").run)


def _put_away(log: ArchivedLog, data: st.DataObject, runs: list[str]) -> None:
    """Some of the runs are archived, where nothing is in the way of that."""
    may: bool = data.draw(st.booleans())
    if runs and may:
        log.seal_all()
        picked = data.draw(st.lists(st.sampled_from(runs), min_size=1, unique=True))
        gone = log.archive(*picked, carry=data.draw(st.booleans())).runs
        runs[:] = [run for run in runs if run not in gone]


def _sent(share: Replayed) -> Replayed:
    return msgspec.json.decode(msgspec.json.encode(share), type=Replayed)
