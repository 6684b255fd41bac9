"""Logs that runs were archived out of: they verify, serve what is left as before, and tell who tampers with them."""

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.audit.verification import Evidence, verify
from daemon.seal_commands import SealLog
from events.archives import RunArchived
from events.catalogue import decode, encode
from events.ledger import Fact, Ledger, VersionConflict
from events.proofs import Tree, framed, leaf
from events.reading import ReadOnlyLog
from projections.archived import archived_graph
from projections.checkpoints import pack
from projections.rebuild import catch_up, reader
from projections.run_history import summarize
from projections.standing import Standing
from projections.store import ViewStore
from tests.daemon.audit.archived_logs import ArchivedLog, repaired
from tests.daemon.audit.tampering import elide, event_of, put, rows_of, seal, seals_of
from tests.daemon.decisions.random_workflows import BODIES, EXAMPLES, play, resume, workflow_texts
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import row_values, standing_values

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@settings(EXAMPLES, max_examples=EXAMPLES.max_examples // 2)
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_any_runs_may_be_archived(text: str, bodies: Any, data: st.DataObject) -> None:
    """Whichever runs of random chains of resumes are archived, in whatever steps, with details or not: the log is
    sound, what stays is served as before, and rows made anew are those that were kept."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        log = ArchivedLog(Specification(text, bodies), Path(folder, "log.db"))
        views = ViewStore(None)
        runs = [log.spec.start().run]
        for _ in range(data.draw(st.integers(1, 3))):
            play(log.spec, data)
            if data.draw(st.booleans()):
                log.seal_all()
            runs.append(log.spec.start().run if data.draw(st.booleans()) else resume(log.spec, data, runs))
        play(log.spec, data)
        log.seal_all()
        catch_up(log.ledger, views)
        graphs = {run: pack(log.spec.graph(run)) for run in runs}
        summaries = {run: summarize(log.spec.graph(run)) for run in runs}
        gone: set[str] = set()
        for _ in range(data.draw(st.integers(1, 3))):
            picked = data.draw(st.lists(st.sampled_from(runs), min_size=1, unique=True))
            gone |= set(log.archive(*picked, carry=data.draw(st.booleans())).runs)
            if data.draw(st.booleans()):
                log.seal_all()
        catch_up(log.ledger, views)
        _check_what_is_left(log, gone, graphs)
        anew, made = ViewStore(None), ViewStore(None)
        standing = catch_up(log.ledger, anew)
        assert row_values(anew, log.spec.log) == row_values(views, log.spec.log)
        assert standing_values(standing, log.spec.log) == standing_values(catch_up(log.spec.log, made), log.spec.log)
        for run in gone:
            found = anew.run(run)
            assert found is not None
            assert found.archived is not None
            assert (found.statistics, found.total) == (summaries[run].statistics, summaries[run].total)
        report = verify(log.close(), Evidence(seals_of(log.path)))
        assert report.findings == []
        assert report.elided == sum(1 for one in log.before if one.stream in gone) - len(gone)


def _check_what_is_left(log: ArchivedLog, gone: set[str], graphs: dict[str, bytes]) -> None:
    """Each run that stayed folds to what it was; of each that went there is a stub alone; all else is untouched."""
    standing = Standing(reader(log.ledger))
    for run, graph in graphs.items():
        if run not in gone:
            assert pack(standing.graph(run)) == graph
            assert pack(log.spec.graph(run)) == graph
        else:
            (stub,) = log.ledger.stream(run)
            assert isinstance(stub.event, RunArchived)
    stays = [one for one in log.before if one.stream not in gone or isinstance(one.event, RunArchived)]
    assert list(log.ledger.after(0)) == stays


def test_hashes_are_those_of_what_was_moved(tmp_path: Path) -> None:
    """The events that were moved, laid into the places of their hashes, give the seals' roots: an archive with them
    and the log hold together every event of before."""
    log = repaired(tmp_path / "log.db")
    before = {row[0]: row for row in rows_of(log.path)}
    runs = log.spec.log_runs()
    log.archive(*runs)
    path = log.close()
    with ReadOnlyLog(path) as left:
        ranges = list(left.elided())
    moved = {place for one in ranges for place in range(one.first, one.last + 1)}
    after = {row[0]: row for row in rows_of(path)}
    assert moved.isdisjoint(after)
    assert before.keys() <= moved | after.keys()
    for one in ranges:
        start = next(seal.first for seal in seals_of(path) if seal.first <= one.first and one.last <= seal.last)
        part = Tree(one.first - start)
        rows = [before[place] for place in range(one.first, one.last + 1)]
        part.add(leaf(framed((row[0], row[2]), row[1].encode(), row[3].encode(), row[4])) for row in rows)
        assert part.subtrees() == one.nodes


def test_neighbours_become_one_range(tmp_path: Path) -> None:
    """Runs archived one after the other leave no more ranges than if they had been archived at once."""
    once, apart = repaired(tmp_path / "once.db"), repaired(tmp_path / "apart.db")
    once.archive(*once.spec.log_runs())
    for run in reversed(apart.spec.log_runs()):
        assert apart.archive(run).runs == (run,)
    for log in (once, apart):
        log.close()
    with ReadOnlyLog(once.path) as one, ReadOnlyLog(apart.path) as other:
        assert list(one.elided()) == list(other.elided())


def beside_each_other(path: Path) -> ArchivedLog:
    """Runs that went on at the same time, under two seals; the first of them ends amid their events."""
    log = ArchivedLog(Specification("T1: -> A\nT2: A -> B"), path)
    runs = [log.spec.start().run for _ in range(5)]
    for node in "AB":
        for run in runs:
            log.spec.run = run
            log.spec.ends(node)
    log.keep()
    log.seal = seal(path, None, log.ledger.position() - 9)
    log.spec.when(SealLog, event_of(log.seal))
    log.seal_all()
    return log


def test_runs_beside_each_other_become_one_range_a_seal(tmp_path: Path) -> None:
    """Runs whose events alternate leave the same hashes whether they go at once or one by one: one range under each
    seal, though no position is free between the two."""
    once, apart = beside_each_other(tmp_path / "once.db"), beside_each_other(tmp_path / "apart.db")
    runs = once.spec.log_runs()
    assert once.archive(*runs).runs == tuple(runs)
    for run in runs:
        assert apart.archive(run).runs == (run,)
    for log in (once, apart):
        assert verify(log.close(), Evidence(seals_of(log.path))).is_sound
    with ReadOnlyLog(once.path) as one, ReadOnlyLog(apart.path) as other:
        ranges = list(one.elided())
        assert ranges == list(other.elided())
    first, second = ranges[-2:]
    assert (first.last, second.first) == (seals_of(once.path)[0].last, seals_of(once.path)[0].last + 1)


def test_first_version_is_not_free_again(tmp_path: Path) -> None:
    """A stub that does not say what its stream holds takes nothing out, and the log stays as it was."""
    log = repaired(tmp_path / "log.db")
    run = log.spec.log_runs()[0]
    log.archive(run, carry=True)
    (stub,) = log.ledger.stream(run)
    other = log.spec.log_runs()[1]
    count = len(log.ledger.stream(other))
    assert isinstance(stub.event, RunArchived)
    for events, chain in ((count, "00" * 16), (count - 1, log.ledger.chain_of(other, count - 1)), (count + 1, "")):
        event = RunArchived(**{name: getattr(stub.event, name) for name in stub.event.__struct_fields__})
        wrong = [("events", events), ("chain", chain)]
        event = RunArchived(
            **{name: getattr(event, name) for name in event.__struct_fields__ if name not in dict(wrong)} | dict(wrong)
        )
        with pytest.raises(VersionConflict):
            log.ledger.commit([Fact(other, count + 1, event)])
    assert len(log.ledger.stream(other)) == count
    assert archived_graph(run, stub.event).version == stub.version


def run_sql(path: Path, statement: str, *values: object) -> None:
    """Runs a statement on the log's file."""
    database = sqlite3.connect(path)
    with database:
        database.execute(statement, values)
    database.close()


def elide_without_event(log: ArchivedLog) -> None:
    """Removes an event of a run that stayed, and leaves its hash."""
    row = next(row for row in rows_of(log.path) if row[1] == log.spec.log_runs()[2] and row[2] == 3)
    elide(log.path, row[0], row[0])


def change_nodes(log: ArchivedLog) -> None:
    """Puts other hashes in the place of those that are there."""
    run_sql(log.path, "UPDATE elided SET nodes = substr(nodes, 1, length(nodes) - 1) || x'00'")


def restore(log: ArchivedLog, content: Callable[[bytes], bytes]) -> None:
    """Puts the first event of an archived run back to its place, beside its hash."""
    first = next(one for one in log.before if one.stream == log.spec.log_runs()[0])
    topic, state = encode(first.event)
    rows = rows_of(log.path)
    row = (first.position, first.stream, first.version, topic, content(state), bytes(16))
    put(log.path, sorted([*rows, row]))


def restore_all(log: ArchivedLog) -> None:
    """Puts all events of an archived run back as they were, and takes their hashes away."""
    run = log.spec.log_runs()[0]
    back = [row for row in log.kept if row[1] == run]  # type: ignore[attr-defined]  # put there by the test
    put(log.path, sorted([*rows_of(log.path), *back]))
    run_sql(log.path, "DELETE FROM elided")


def delete_stub(log: ArchivedLog) -> None:
    """Takes away what stands for an archived run."""
    run_sql(log.path, "DELETE FROM stored_events WHERE topic = 'run.archived/1'")


def change_stub(log: ArchivedLog) -> None:
    """Has the stub say that more was moved than was."""
    row = next(row for row in rows_of(log.path) if row[3] == "run.archived/1")
    event = decode(row[3], row[4])
    assert isinstance(event, RunArchived)
    values = {name: getattr(event, name) for name in event.__struct_fields__} | {"events": event.events + 1}
    run_sql(log.path, "UPDATE stored_events SET state = ? WHERE rowid = ?", encode(RunArchived(**values))[1], row[0])


def garble_stub(log: ArchivedLog) -> None:
    """Makes the stub unreadable."""
    run_sql(log.path, "UPDATE stored_events SET state = '{}' WHERE topic = 'run.archived/1'")


@pytest.mark.parametrize(
    ("tamper", "kinds"),
    [
        pytest.param(elide_without_event, {"removed"}, id="an event in place of a hash"),
        pytest.param(change_nodes, {"unsealed"}, id="other hashes"),
        pytest.param(lambda log: restore(log, lambda body: body), {"inserted"}, id="an event beside its hash"),
        pytest.param(
            lambda log: restore(log, lambda body: body.replace(b"api", b"apo")), {"inserted"}, id="another event there"
        ),
        pytest.param(restore_all, {"inserted"}, id="all events of an archived run back"),
        pytest.param(delete_stub, {"removed"}, id="no stub"),
        pytest.param(change_stub, {"changed"}, id="another stub"),
        pytest.param(garble_stub, {"changed"}, id="a stub of nothing"),
    ],
)
@pytest.mark.parametrize("is_sealed", [False, True], ids=["new", "sealed"])
def test_tampering_is_found(
    tmp_path: Path, tamper: Callable[[ArchivedLog], None], kinds: set[str], is_sealed: bool
) -> None:
    """What somebody does by hand to a log that a run was archived out of is found and named, whether or not a seal
    speaks for the stub by then."""
    log = repaired(tmp_path / "log.db")
    log.kept = rows_of(log.path)  # type: ignore[attr-defined]  # for those who put it back
    log.archive(log.spec.log_runs()[0], carry=True)
    log.spec.start()
    if is_sealed:
        log.seal_all()
    log.close()
    assert verify(log.path, Evidence(seals_of(log.path))).is_sound
    tamper(log)
    found = {one.kind for one in verify(log.path, Evidence(seals_of(log.path))).findings}
    assert kinds <= found, found


def test_log_is_written_on_after_a_restart(tmp_path: Path) -> None:
    """A ledger that is opened anew knows the seals, and archives what is sealed by them."""
    log = repaired(tmp_path / "log.db")
    log.close()
    log.ledger = Ledger(log.path)
    runs = log.spec.log_runs()
    assert log.archive(*runs).runs == tuple(runs)
    assert verify(log.close(), Evidence()).is_sound
