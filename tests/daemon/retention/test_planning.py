"""Which runs an archive takes, and which stay."""

from pathlib import Path

import pytest

from daemon import commands
from daemon.retention.planning import Chosen, Leaving, Plan, batches, plan_archive
from events.reading import ReadOnlyLog
from tests.daemon.audit.archived_logs import ArchivedLog
from tests.daemon.decisions.specification import Specification

TEXT = "T1: -> A\nT2: A -> B"


@pytest.fixture
def log(tmp_path: Path) -> ArchivedLog:
    """An empty story with the workflow W, and another one."""
    log = ArchivedLog(Specification(TEXT), tmp_path / "log.db")
    log.spec.given_workflow("other", "U1: -> A", {})
    return log


def failed(spec: Specification) -> str:
    """A run of W of which B failed."""
    return spec.start().ends("A").ends("B", "FAILED").run


def planned(log: ArchivedLog, before: int, *workflows: str, carries: bool = False) -> Plan:
    """The plan for runs that ended before a moment."""
    log.keep()
    with ReadOnlyLog(log.path) as reading:
        return plan_archive(reading, Chosen(before, workflows, carries), lambda position, end: None)


def runs(plan: Plan) -> list[str]:
    """The runs that leave, in their order."""
    return [one.run for one in plan.leaving]


def test_old_runs_leave_in_the_order_of_their_beginnings_backwards(log: ArchivedLog) -> None:
    """Taken is what ended before the moment, those outside of workflows too; younger ones and those under way stay."""
    spec = log.spec
    first = spec.start().ends("A").ends("B").run
    job_run = spec.when(commands.RequestJobRun, "A", {}).answer
    spec.ends("A", "FAILED", job_run)
    moment = spec.at + 1
    young = failed(spec)
    active = spec.start().run
    plan = planned(log, moment)
    assert runs(plan) == [job_run, first]
    assert (plan.staying, plan.archived) == ([], 0)
    assert plan.events == spec.graph(first).version + spec.graph(job_run).version
    one = plan.leaving[1]
    assert (one.workflow, one.version, one.ended_at) == ("W", spec.graph(first).version, spec.graph(first).completed_at)
    assert {young, active}.isdisjoint(runs(planned(log, moment)))
    assert runs(planned(log, spec.at + 1)) == [young, job_run, first]


def test_properties_put_after_the_end_leave_too(log: ArchivedLog) -> None:
    """How old a run is counts from its end; what came to its stream later goes with it."""
    run = failed(log.spec)
    moment = log.spec.at + 1
    log.spec.when(commands.PutRunProperties, "W", run, {"checked": "yes"})
    plan = planned(log, moment)
    assert [(one.run, one.version) for one in plan.leaving] == [(run, log.spec.graph(run).version)]
    assert plan.last == log.ledger.position()


def test_workflows_may_be_chosen(log: ArchivedLog) -> None:
    """With workflows named the runs of others stay, and those outside of any."""
    first = failed(log.spec)
    log.spec.start("other").ends("A")
    job_run = log.spec.when(commands.RequestJobRun, "A", {}).answer
    log.spec.ends("A", "SUCCEEDED", job_run)
    assert runs(planned(log, log.spec.at + 1, "W")) == [first]
    assert len(runs(planned(log, log.spec.at + 1))) == 3


def test_runs_that_a_younger_one_needs_stay(log: ArchivedLog) -> None:
    """A run that was resumed stays as long as its resume, and so do those that it was resumed from itself; each says
    which one needs it. With details carried they leave."""
    spec = log.spec
    first = failed(spec)
    second = spec.resume("B").ends("B", "FAILED").run
    alone = failed(spec)
    moment = spec.at + 1
    third = spec.resume("B", run=second).ends("B").run
    plan = planned(log, moment)
    assert runs(plan) == [alone]
    assert {one.run: one.needed_by for one in plan.staying} == {first: second, second: third}
    assert runs(planned(log, moment, carries=True)) == [alone, second, first]
    assert runs(planned(log, spec.at + 1)) == [third, alone, second, first]


def test_archived_runs_are_counted_and_need_nothing(log: ArchivedLog) -> None:
    """What was archived before is not taken again, and keeps no run in the log."""
    spec = log.spec
    first = failed(spec)
    second = spec.resume("B").ends("B").run
    log.seal_all()
    assert log.archive(second).runs == (second,)
    plan = planned(log, spec.at + 1)
    assert (runs(plan), plan.archived) == ([first], 1)


def test_batches_are_bounded_by_runs_and_by_events() -> None:
    """A batch holds so many runs and events at most; a run that alone has more is a batch of its own."""

    def leaving(events: int) -> Leaving:
        return Leaving("wr_x", "W", events, 1, events, 0, 0)

    made = list(batches([leaving(n) for n in (1, 1, 1, 5, 9, 2, 2)], 2, 6))
    assert [[one.version for one in batch] for batch in made] == [[1, 1], [1, 5], [9], [2, 2]]
    assert list(batches([], 2, 6)) == []
