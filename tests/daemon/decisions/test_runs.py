"""Runs: their start, snapshot, statistics, properties and completion."""

from daemon import commands
from events.design import DesignRecorded
from events.runs import RunStarted
from events.vocabulary import Action, Cause, TriggerDefinition
from tests.daemon.decisions.specification import Specification, all_end, limited

CHAIN = "T1: -> A\nT2: A -> B"


def test_run_of_unknown_workflow_is_refused() -> None:
    """There must be a workflow to start."""
    spec = Specification()
    spec.then_refused("EntityNotFoundException", "'W' does not exist", commands.StartRun, "W")


def test_run_knows_its_cause_and_properties() -> None:
    """Given properties lie over the workflow's defaults."""
    spec = Specification(CHAIN)
    spec.when(commands.ChangeWorkflow, "W", {"DefaultRunProperties": {"a": "1", "b": "2"}})
    graph = spec.start(b="3", c="4").graph()
    assert graph.properties == {"a": "1", "b": "3", "c": "4"}
    assert (graph.cause, graph.by, graph.previous, graph.root) == (Cause("API"), "api:test", "", spec.run)


def test_run_is_completed_whatever_the_results() -> None:
    """Failed, timed out and stopped nodes: the status is COMPLETED, the time that of the last node's end."""
    spec = Specification("T1: -> A B C").start()
    spec.ends("A", "FAILED")
    spec.ends("B", "TIMEOUT")
    spec.ends("C", "STOPPED").then("C STOPPED", "run COMPLETED")
    assert (spec.graph().status, spec.graph().completed_at) == ("COMPLETED", spec.at)


def test_each_node_is_counted_in_one_bucket() -> None:
    """Every state has its bucket; nodes that never ran are in none."""
    spec = Specification("T1: -> A B C D E F\nT2: A=FAILED -> G", limited("F"))
    other = Specification.start(spec.given_workflow("V", "V1: -> F", {}), "V").run
    spec.start()
    assert spec.counts() == {"Running": 5, "Waiting": 1}
    for job, state in zip("ABCDE", ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR"), strict=True):
        spec.ends(job, state)
    once = {"Succeeded": 1, "Failed": 1, "Timeout": 1, "Stopped": 1, "Errored": 1}
    assert spec.counts() == once | {"Waiting": 1}
    spec.ends("F", run=other)
    assert spec.counts() == once | {"Running": 1}
    assert len(spec.graph().design.nodes) == 7


def test_stopping_node_counts_as_running() -> None:
    """A node that was asked to end is among the running ones until it has."""
    spec = Specification(CHAIN).start()
    spec.when(commands.StopJobRun, spec.run, spec.under_way("A").id)
    assert spec.counts() == {"Running": 1}


def test_crawler_in_error_is_counted() -> None:
    """A crawler that could not start is an errored action."""
    assert Specification("T1: -> crawler:C J").start().counts() == {"Errored": 1, "Running": 1}


def test_snapshot_keeps_triggers_as_they_were() -> None:
    """Triggers changed, stopped, added or removed after the start mean nothing to a run."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: A -> C\nT4: A -> D").start()
    spec.when(commands.ChangeTrigger, "T2", {"Actions": [{"JobName": "X"}]})
    spec.when(commands.StopTrigger, "T3")
    spec.when(commands.RemoveTrigger, "T4")
    spec.ends("A").then("A SUCCEEDED", "T2 fired", "B started", "T3 fired", "C started", "T4 fired", "D started")


def test_changed_jobs_take_effect_in_the_run() -> None:
    """A node that starts after its job was changed runs the new definition."""
    spec = Specification(CHAIN).start()
    spec.when(commands.ChangeJob, "B", {"MaxRetries": 1})
    spec.ends("A").ends("B", "FAILED").then("B FAILED, retried", "B started again (1)")
    assert [a.job_version for a in (*spec.attempts("A"), *spec.attempts("B"))] == [1, 2, 2]


def test_snapshot_is_stored_once_by_its_content() -> None:
    """Runs share one stored design until a trigger changes, and again when it is changed back."""
    spec = Specification(CHAIN, limited("A", runs=9))
    spec.start().then("design recorded", "run started", "T1 fired", "A started")
    spec.start().then("run started", "T1 fired", "A started")
    spec.when(commands.StopTrigger, "T2").start().then("design recorded", "run started", "T1 fired", "A started")
    spec.when(commands.StartTrigger, "T2").start().then("run started", "T1 fired", "A started")
    designs = [r for r in spec.log.after(0) if isinstance(r.event, DesignRecorded)]
    starts = [r.event.design for r in spec.log.after(0) if isinstance(r.event, RunStarted)]
    assert [r.stream for r in designs] == [f"design:{starts[0]}", f"design:{starts[2]}"]
    assert starts[0] == starts[1] == starts[3]


def test_order_of_making_triggers_does_not_change_the_snapshot() -> None:
    """The content hash is that of the triggers in order of name."""
    one = Specification(CHAIN).start().graph().design.hash
    other = Specification("T2: A -> B\nT1: -> A").start().graph().design.hash
    assert one == other


def test_workflow_at_its_limit_starts_no_run() -> None:
    """MaxConcurrentRuns counts RUNNING and STOPPING runs; one that ended makes room."""
    spec = Specification(CHAIN)
    spec.when(commands.ChangeWorkflow, "W", {"MaxConcurrentRuns": 1}).start()
    refused = ("ConcurrentRunsExceededException", "Concurrent runs exceeded for workflow: W.", commands.StartRun, "W")
    spec.then_refused(*refused)
    spec.when(commands.StopRun, "W", spec.run)
    spec.then_refused(*refused)
    spec.ends("A", "STOPPED").start().then("run started", "T1 fired", "A started")


def test_empty_run_stays_running_for_a_second() -> None:
    """A run with nothing to do is RUNNING until a second has passed, then COMPLETED."""
    spec = Specification("T1: -> A").when(commands.RemoveTrigger, "T1").start().then("design recorded", "run started")
    started = spec.at
    spec.at = started - 1
    spec.when(commands.SettleRun, spec.run).then()
    spec.at = started
    spec.when(commands.SettleRun, spec.run).then("run COMPLETED")


def test_empty_run_can_be_stopped() -> None:
    """Within that second a stop ends it as STOPPED, and its time being up changes nothing."""
    spec = Specification("T1: -> A").when(commands.RemoveTrigger, "T1").start()
    spec.when(commands.StopRun, "W", spec.run).then("run to stop", "run STOPPED")
    spec.when(commands.SettleRun, spec.run).then()


def test_on_demand_trigger_starts_a_run() -> None:
    """StartTrigger on a workflow's ON_DEMAND trigger starts a run, which says so, and answers its id."""
    spec = Specification(CHAIN).when(commands.StartTrigger, "T1")
    spec.then("design recorded", "run started", "T1 fired", "A started")
    assert spec.graph(spec.answer).cause == Cause("TRIGGER", "T1")


def test_on_demand_trigger_outside_a_workflow_runs_its_jobs() -> None:
    """Without a workflow each of its actions becomes a job run of its own."""
    spec = Specification(CHAIN).given_workflow("V", "V1: -> C D", {})
    loose = TriggerDefinition("L", "ON_DEMAND", actions=(Action("C"), Action("D", {"--x": "1"}, 7)))
    spec.when(commands.DefineTrigger, loose).when(commands.StartTrigger, "L")
    spec.then("job run requested", "C started", "job run requested", "D started")
    assert spec.graph(spec.facts[-1].stream).overrides == {"Arguments": {"--x": "1"}, "Timeout": 7}


def test_on_demand_trigger_outside_a_workflow_starts_a_job_once() -> None:
    """A job that its actions name twice starts once, with the first, and so stays within its MaxConcurrentRuns."""
    spec = Specification(CHAIN)
    loose = TriggerDefinition("L", "ON_DEMAND", actions=(Action("A", {"--x": "1"}), Action("B"), Action("A")))
    spec.when(commands.DefineTrigger, loose).when(commands.StartTrigger, "L")
    spec.then("job run requested", "A started", "job run requested", "B started")
    assert spec.graph(spec.facts[1].stream).overrides == {"Arguments": {"--x": "1"}}


def test_properties_are_merged_key_by_key() -> None:
    """Put properties lie over those there are, in a finished run too; what is there already is no event."""
    spec = Specification(CHAIN).start(a="1", b="2")
    all_end(spec, "AB")
    spec.when(commands.PutRunProperties, "W", spec.run, {"b": "3", "c": "4"}).then("properties put")
    assert spec.graph().properties == {"a": "1", "b": "3", "c": "4"}
    spec.when(commands.PutRunProperties, "W", spec.run, {"c": "4"}).then()


def test_runs_belong_to_their_workflow() -> None:
    """A run asked for under another workflow's name, or an id that no run has, is not found."""
    spec = Specification(CHAIN).given_workflow("V", "V1: -> C", {}).start()
    put = commands.PutRunProperties
    spec.then_refused("EntityNotFoundException", "'V' has no run", put, "V", spec.run, {"a": "1"})
    spec.then_refused("EntityNotFoundException", "'wr_0'", put, "W", "wr_0", {"a": "1"})
    spec.then_refused("EntityNotFoundException", "'X' does not exist", put, "X", spec.run, {"a": "1"})
