"""A replay to any position says what the rows made from the log up to there say."""

from pathlib import Path

import pytest

from daemon import commands
from daemon.audit.found_runs import NotOneRun, run_in
from daemon.audit.replaying import NothingThen, graph_at, moment_in, replay
from daemon.engine import LOG_FILE
from events.reading import ReadOnlyLog
from projections.rebuild import catch_up
from projections.store import ViewStore
from tests.daemon.audit.kept_logs import kept, repaired
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import graph_values


def test_every_moment_is_as_it_was(tmp_path: Path) -> None:
    """At every position: the workflows, their runs with outcome and counts, and each run's graph as it stood."""
    spec = repaired()
    with ReadOnlyLog(kept(spec, tmp_path) / LOG_FILE) as log:
        for position in range(1, spec.log.position() + 1):
            earlier, views = spec.log.until(position), ViewStore(None)
            standing = catch_up(earlier, views)
            moment = moment_in(log, position, None)
            then = replay(log, moment, 100)
            assert then.under_way == len(standing.runs)
            for workflow in then.workflows:
                rows = [row for _, row in views.runs_of(workflow.name, 100)]
                assert (workflow.runs, workflow.newest) == (len(rows), rows)
                for row in rows:
                    assert graph_values(graph_at(log, row.run_id, moment)) == graph_values(standing.graph(row.run_id))
            names = {workflow.name for workflow in then.workflows}
            assert names == {d.name for d in standing.designs.all("workflow")}
            views.close()


def test_properties_are_put_after_the_end(tmp_path: Path) -> None:
    """A run's row has what was put to it when it had long ended, and before that it has not."""
    spec = Specification("T1: -> A").start(kind="daily").ends("A")
    first = spec.run
    for _ in range(2):
        spec.start().ends("A")
    spec.when(commands.PutRunProperties, "W", first, {"checked": "yes"})
    with ReadOnlyLog(kept(spec, tmp_path) / LOG_FILE) as log:
        end = log.position()
        before, after = (replay(log, moment_in(log, position, None), 3) for position in (end - 1, end))
    views = ViewStore(None)
    catch_up(spec.log, views)
    assert after.workflows[0].newest == [row for _, row in views.runs_of("W", 3)]
    assert before.workflows[0].newest[-1].properties == {"kind": "daily"}
    views.close()


def test_only_the_newest_runs_are_kept(tmp_path: Path) -> None:
    """All runs are counted, the newest are shown."""
    spec = repaired()
    with ReadOnlyLog(kept(spec, tmp_path) / LOG_FILE) as log:
        then = replay(log, moment_in(log, None, None), 1)
    assert [(one.runs, [row.run_id for row in one.newest]) for one in then.workflows] == [(3, [spec.run])]


def test_moments_that_were_not_are_said(tmp_path: Path) -> None:
    """A position after the end, a time before the beginning, a run that had not begun, no run at all."""
    spec = repaired()
    with ReadOnlyLog(kept(spec, tmp_path) / LOG_FILE) as log:
        first, end = next(log.after(0)), log.position()
        with pytest.raises(NothingThen, match=f"newest event of this log is {end}"):
            moment_in(log, end + 1, None)
        with pytest.raises(NothingThen, match="held nothing then: its first event is of"):
            moment_in(log, None, first.event.at - 1)
        assert moment_in(log, None, first.event.at).position >= 1
        with pytest.raises(NothingThen, match="had not begun at position 1"):
            graph_at(log, spec.run, moment_in(log, 1, None))
        with pytest.raises(NotOneRun, match="holds no run wr_none"):
            run_in(log, "wr_none")
        with pytest.raises(NotOneRun, match="may mean several runs"):
            run_in(log, "wr_")
