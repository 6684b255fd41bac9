"""How many runs of a job may be under way: waiting, its order, and what ends it; and job runs that stand alone."""

from typing import Any

import pytest

from daemon import commands
from events.vocabulary import Cause
from tests.daemon.decisions.specification import Specification, limited

QUEUED = {"JobRunQueuingEnabled": True}
FULL = "ConcurrentRunsExceededException"


def crowded(*, strict: bool = False, **members: Any) -> tuple[Specification, list[str]]:
    """Three runs whose one job may run once: the first runs it, the others wait."""
    spec = Specification("T1: -> A", limited("A", **members), strict=strict)
    return spec, [spec.start().run for _ in range(3)]


def test_attempts_wait_across_runs_first_come_first() -> None:
    """Where the job is at its limit attempts wait, and start in the order in which they came."""
    spec, (first, second, third) = crowded()
    assert [spec.counts(run) for run in (first, second, third)] == [{"Running": 1}, {"Waiting": 1}, {"Waiting": 1}]
    spec.ends("A", run=first).then("A SUCCEEDED", "run COMPLETED", "A started")
    assert [fact.stream for fact in spec.facts] == [first, first, second]
    spec.ends("A", run=second).then("A SUCCEEDED", "run COMPLETED", "A started")
    spec.ends("A", run=third).then("A SUCCEEDED", "run COMPLETED")


def test_attempt_keeps_its_id_while_it_waits() -> None:
    """The attempt that starts is the one that waited, and it began when it started."""
    spec, (first, second, _) = crowded()
    waiting = spec.attempts("A", second)[0]
    spec.ends("A", run=first)
    started = spec.attempts("A", second)
    assert [(a.id, a.state, a.started_at) for a in started] == [(waiting.id, "RUNNING", spec.at)]


def test_raised_limit_lets_waiting_attempts_start() -> None:
    """A higher MaxConcurrentRuns starts as many as there is room for."""
    spec, _ = crowded()
    spec.when(commands.ChangeJob, "A", limited("A", runs=2)["A"]).then("JobChanged", "A started")
    spec.when(commands.ChangeJob, "A", limited("A", runs=9)["A"]).then("JobChanged", "A started")


def test_lowered_limit_lets_none_start_until_there_is_room() -> None:
    """Attempts above a new, lower limit go on; waiting ones start only below it."""
    spec = Specification("T1: -> A", limited("A", runs=2))
    runs = [spec.start().run for _ in range(3)]
    spec.when(commands.ChangeJob, "A", limited("A", runs=1)["A"]).then("JobChanged")
    spec.ends("A", run=runs[0]).then("A SUCCEEDED", "run COMPLETED")
    spec.ends("A", run=runs[1]).then("A SUCCEEDED", "run COMPLETED", "A started")


def test_attempts_that_wait_for_a_deleted_job_end_in_error() -> None:
    """Deleting the job ends all that wait for it; the one that runs goes on."""
    spec, (first, second, _) = crowded()
    spec.when(commands.RemoveJob, "A")
    spec.then("JobRemoved", "A refused ERROR", "run COMPLETED", "A refused ERROR", "run COMPLETED")
    assert "was deleted while this run waited" in str(spec.attempts("A", second)[0].error)
    assert spec.counts(second) == {"Errored": 1}
    spec.ends("A", run=first).then("A SUCCEEDED", "run COMPLETED")


def test_waiting_attempt_that_is_stopped_gives_its_place_up() -> None:
    """A waiting attempt ends at once when it is stopped, and the next in the line moves up."""
    spec, (first, second, third) = crowded()
    waiting = spec.attempts("A", second)[0].id
    spec.when(commands.StopJobRun, second, waiting).then("A STOPPED", "run COMPLETED")
    spec.ends("A", run=first)
    assert [fact.stream for fact in spec.facts] == [first, first, third]


def test_limit_is_one_unless_given() -> None:
    """Glue's default: a job runs once at a time."""
    spec = Specification("T1: -> A").start()
    spec.start().then("run started", "T1 fired", "A waits")


def test_strict_glue_fails_attempts_above_the_limit() -> None:
    """Under strict-glue a job at its limit fails, as in Glue, and that meets conditions on FAILED."""
    spec = Specification("T1: -> A\nT2: A=FAILED -> B", strict=True).start()
    spec.start().then("run started", "T1 fired", "A refused FAILED", "T2 fired", "B started")
    assert spec.attempts("A")[0].error == "Max concurrent runs exceeded"


def test_strict_glue_queues_jobs_that_allow_it() -> None:
    """Under strict-glue a job with JobRunQueuingEnabled waits."""
    spec, (_, second, _) = crowded(strict=True, **QUEUED)
    assert spec.counts(second) == {"Waiting": 1}


def test_node_of_a_deleted_job_ends_in_error() -> None:
    """A trigger that starts a job which is not there leaves an attempt in ERROR, and the run goes on."""
    spec = Specification("T1: -> A B").when(commands.RemoveJob, "A").start()
    spec.then("design recorded", "run started", "T1 fired", "A refused ERROR", "B started")
    assert "Job 'A' is not defined" in str(spec.attempts("A")[0].error)


def test_job_run_stands_alone() -> None:
    """A job run outside of any workflow is a run of its own with one node, named by the job run's id."""
    spec = Specification("T1: -> A").when(commands.RequestJobRun, "A", {"Arguments": {"--x": "1"}})
    spec.then("job run requested", "A started")
    run = spec.answer
    graph = spec.graph(run)
    assert (run[:3], graph.stands_alone, graph.overrides) == ("jr_", True, {"Arguments": {"--x": "1"}})
    assert spec.attempts("A", run)[0].id == run
    spec.ends("A", run=run).then("A SUCCEEDED", "run COMPLETED")


def test_job_run_is_retried() -> None:
    """A job run that stands alone has retries too."""
    spec = Specification("T1: -> A", {"A": {"MaxRetries": 1}}).when(commands.RequestJobRun, "A", {}, Cause("API"))
    run = spec.answer
    spec.ends("A", "FAILED", run=run).then("A FAILED, retried", "A started again (1)")
    assert spec.attempts("A", run)[0].id == f"{run}_attempt_1"


@pytest.mark.parametrize("strict", [False, True])
def test_job_run_above_the_limit_is_refused(strict: bool) -> None:
    """A job at its limit takes no further job run, whether a workflow or a client started the others."""
    spec = Specification("T1: -> A", strict=strict).start()
    spec.then_refused(FULL, "exceeded for job A", commands.RequestJobRun, "A", {})


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("where", ["job", "request"])
def test_job_run_that_may_queue_waits(strict: bool, where: str) -> None:
    """JobRunQueuingEnabled, of the job or of the request, lets a job run wait."""
    spec = Specification("T1: -> A", {"A": QUEUED if where == "job" else {}}, strict=strict).start()
    spec.when(commands.RequestJobRun, "A", QUEUED if where == "request" else {}).then("job run requested", "A waits")
    alone = spec.answer
    spec.ends("A").then("A SUCCEEDED", "run COMPLETED", "A started")
    assert spec.facts[-1].stream == alone


def test_job_run_of_unknown_job_is_refused() -> None:
    """There must be a job to run."""
    Specification("T1: -> A").then_refused("EntityNotFoundException", "Job X", commands.RequestJobRun, "X", {})
