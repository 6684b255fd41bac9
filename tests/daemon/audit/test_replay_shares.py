"""Shares of a log, folded each by itself, say together what one pass over the log says."""

import sqlite3
import tempfile
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon import commands
from daemon.audit.replay_shares import WHOLE, Extract, Replayed, replayed, together
from events.design import JobChanged
from events.ledger import Fact, Ledger
from events.reading import ReadOnlyLog, Share
from events.vocabulary import RUN_ID_PREFIX, IdSource
from tests.daemon.audit.archived_logs import ArchivedLog
from tests.daemon.decisions.crawler_text import crawl, given_crawler, table
from tests.daemon.decisions.random_workflows import BODIES, EXAMPLES, play, resume, workflow_texts
from tests.daemon.decisions.specification import Specification

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
ANOTHER = "T9: -> Y\nT10: Y -> Z"


@settings(EXAMPLES, max_examples=EXAMPLES.max_examples // 2)
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_shares_make_the_whole(text: str, bodies: Any, data: st.DataObject) -> None:
    """Whatever ran, was resumed, archived and removed: at the end, and at any moment before it, however many shares
    there are, they say what one pass says, also after they were sent from one process to another."""
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
                extract, of = Extract(until, data.draw(st.sampled_from([1, 2, 100]))), data.draw(st.integers(2, 5))
                shares = [_sent(replayed(read, extract, Share(number, of), lambda _: None)) for number in range(of)]
                assert together(shares, extract.keep) == replayed(read, extract, WHOLE, lambda _: None)


def _begin(spec: Specification, data: st.DataObject, runs: list[str]) -> None:
    """A run of either workflow, a resume, or a job run that stands alone, begins."""
    kind: str = data.draw(st.sampled_from(["W", "V", "resume", "job"]))
    ended = [run for run in runs if run not in spec.standing.runs]
    if kind == "resume" and ended:
        runs.append(resume(spec, data, ended))
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


def test_runs_are_spread_evenly(tmp_path: Path) -> None:
    """Of ten thousand runs each of two, three or four processes has about its part."""
    ids = IdSource(1_700_000_000_000, b"seed")
    with closing(Ledger(tmp_path / "log.db")) as ledger:
        ledger.commit([Fact(ids.mint(RUN_ID_PREFIX), 1, JobChanged(1, "api:test", {})) for _ in range(10_000)])
    with ReadOnlyLog(tmp_path / "log.db") as log:
        for of in (2, 3, 4):
            found = [len(list(log.shared(Share(number, of), 0, 10_000))) for number in range(of)]
            assert sum(found) == 10_000
            assert max(found) < 1.2 * 10_000 / of


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_every_stream_is_in_one_share(tmp_path: Path, of: int) -> None:
    """What anybody may have put into the file as a stream's id belongs to one share, and to the first if it is no
    run's and no inbox's."""
    run_ids = ["wr_1", "jr_af", "crawl:0b", "inbox:W1", "wr_", "wr_z", "wr_\u00e4", "wr_1\0", "inbox:\U0010ffff"]
    others = [
        "",
        "\0",
        "job:1",
        "workflow:W2",
        "design:7",
        "seal",
        "Wr_1",
        "wr",
        "wr\u00321",
        "\u00e4",
        b"wr_1",
        b"",
        11,
    ]
    with closing(Ledger(tmp_path / "log.db")) as ledger:
        ledger.commit([Fact(f"job:J{number}", 1, JobChanged(1, "api:test", {})) for number in range(22)])
    database = sqlite3.connect(tmp_path / "log.db")
    with database:
        rows = [(stream, number) for number, stream in enumerate([*run_ids, *others], 1)]
        database.executemany("UPDATE stored_events SET originator_id=? WHERE rowid=?", rows)
    database.close()
    with ReadOnlyLog(tmp_path / "log.db") as log:
        found = [[position for position, *_ in log.shared(Share(number, of), 0, 22)] for number in range(of)]
    assert sorted(chain(*found)) == list(range(1, 23))
    assert set(range(len(run_ids) + 1, 23)) <= set(found[0])
