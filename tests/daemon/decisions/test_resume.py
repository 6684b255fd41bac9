"""The resume table: every row of it is a test, named by the row."""

import pytest

from daemon import commands
from events.runs import NodeStarted, RunResumed
from events.vocabulary import Cause, unique_id
from tests.daemon.decisions.specification import Specification, all_end, limited

W1 = """
T1: -> J1
T2: J1 -> J2
T3: J1 -> J3
T4: J2 -> J4
T5: J3 -> J5
"""
INVALID, ILLEGAL, FULL = "InvalidInputException", "IllegalWorkflowStateException", "ConcurrentRunsExceededException"


def partly_run() -> Specification:
    """W1 with J2 and J3 failed."""
    spec = Specification(W1).start().ends("J1")
    return spec.ends("J2", "FAILED").ends("J3", "FAILED")


def node_id(name: str, kind: str = "JOB") -> str:
    """The UniqueId of a node of the workflow W."""
    return unique_id("W", kind, name)


def test_seed_workflow_is_resumed() -> None:
    """W1 resumed from J2 and J3: they run, T4 and T5 fire, J4 and J5 run; J1 and its details are copied."""
    spec = partly_run()
    original = spec.run
    spec.resume("J2", "J3").then("run resumed", "J2 started", "J3 started")
    spec.ends("J2").then("J2 SUCCEEDED", "T4 fired", "J4 started")
    spec.ends("J3").then("J3 SUCCEEDED", "T5 fired", "J5 started")
    all_end(spec, ["J4", "J5"])
    assert spec.happened[-1] == "run COMPLETED"
    assert spec.attempts("J1") == spec.attempts("J1", original)
    assert spec.counts() == {"Succeeded": 5}


@pytest.mark.parametrize("state", ["RUNNING", "STOPPING", "STOPPED"])
def test_row_state(state: str) -> None:
    """Only a COMPLETED run can be resumed; anything else is IllegalWorkflowState and names the status."""
    spec = Specification("T1: -> A B").start().ends("A", "FAILED")
    if state != "RUNNING":
        spec.when(commands.StopRun, "W", spec.run)
    if state == "STOPPED":
        spec.ends("B", "STOPPED")
    spec.then_refused(ILLEGAL, f"is {state}; only a COMPLETED run can be resumed", *spec.resuming("A"))


def test_row_fully_successful_run() -> None:
    """A run that succeeded in everything may be resumed from any node."""
    spec = Specification("T1: -> A\nT2: A -> B").start()
    all_end(spec, "AB")
    spec.resume("A").then("run resumed", "A started").ends("A").then("A SUCCEEDED", "T2 fired", "B started")


def test_row_node_types() -> None:
    """A trigger node cannot be resumed from; the error says which trigger it is."""
    spec = partly_run()
    command = (commands.ResumeRun, "W", spec.run, (node_id("J2"), node_id("T2", "TRIGGER")))
    spec.then_refused(INVALID, "is trigger 'T2'", *command)


def test_row_node_types_crawler() -> None:
    """A crawler node that was attempted can be resumed from."""
    spec = Specification("T1: -> crawler:C A").start().ends("A")
    spec.when(commands.ResumeRun, "W", spec.run, (node_id("C", "CRAWLER"),))
    spec.then("run resumed", "C refused ERROR", "run COMPLETED")


def test_row_unattempted_node() -> None:
    """A node must have a run attempt in the original run."""
    spec = partly_run()
    spec.then_refused(INVALID, "'J4'", *spec.resuming("J2", "J4"))


def test_row_unknown_node_id() -> None:
    """An id that is no node of the run is InvalidInput, an unknown run or workflow EntityNotFound."""
    spec = partly_run()
    ids = (node_id("J2"), "wnode_0")
    spec.then_refused(INVALID, "'wnode_0' is not a node of run", commands.ResumeRun, "W", spec.run, ids)
    spec.then_refused("EntityNotFoundException", "wr_0", commands.ResumeRun, "W", "wr_0", ids)
    spec.then_refused("EntityNotFoundException", "'V'", commands.ResumeRun, "V", spec.run, ids)


def test_row_empty_node_ids() -> None:
    """No node is InvalidInput; a node given twice is one."""
    spec = partly_run()
    spec.then_refused(INVALID, "NodeIds is empty", commands.ResumeRun, "W", spec.run, ())
    spec.resume("J2", "J2").then("run resumed", "J2 started")
    assert spec.answer.node_ids == (node_id("J2"),)


def test_row_node_ids_length() -> None:
    """There is no limit on the number of nodes: 150 can be picked at once."""
    names = [f"J{number}" for number in range(150)]
    spec = Specification(f"T1: -> {' '.join(names)}").start()
    all_end(spec, names, "FAILED")
    assert len(spec.resume(*names).answer.node_ids) == 150


def test_row_max_concurrent_runs() -> None:
    """A resumed run counts; at the workflow's limit the resume is refused."""
    spec = partly_run()
    original = spec.run
    spec.when(commands.ChangeWorkflow, "W", {"MaxConcurrentRuns": 1}).resume("J2")
    spec.then_refused(FULL, "exceeded for workflow: W", *spec.resuming("J3", run=original))
    spec.then_refused(FULL, "exceeded for workflow: W", commands.StartRun, "W")


def test_row_response_node_ids() -> None:
    """Picks downstream of another pick are left out of the answer and not started, and are remembered as asked for."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: B -> C\nT4: A -> D").start()
    all_end(spec, "ABDC")
    original = spec.run
    spec.resume("C", "A", "D").then("run resumed", "A started")
    assert spec.answer.node_ids == (node_id("A"),)
    assert (spec.graph().asked, spec.graph().restarted) == (("JOB:C", "JOB:A", "JOB:D"), ("JOB:A",))
    assert spec.resume("D", "C", "B", run=original).answer.node_ids == (node_id("D"), node_id("B"))


def test_row_response_node_ids_on_a_cycle() -> None:
    """Of two nodes that are downstream of each other one is kept, the same one in whatever order they come."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: B=FAILED -> A").start()
    all_end(spec, "AB")
    original = spec.run
    for picks in (("A", "B"), ("B", "A")):
        assert spec.resume(*picks, run=original).answer.node_ids == (node_id("A"),)


def test_row_what_runs() -> None:
    """What is downstream runs through triggers, as conditions allow: a restarted node that fails again stops there."""
    spec = partly_run().resume("J2", "J3")
    spec.ends("J2", "FAILED").then("J2 FAILED").ends("J3").then("J3 SUCCEEDED", "T5 fired", "J5 started")
    spec.ends("J5").then("J5 SUCCEEDED", "run COMPLETED")
    assert spec.counts() == {"Succeeded": 3, "Failed": 1}


def test_row_downstream_nodes_that_ran_before() -> None:
    """They run again if their trigger fires; their old details are not shown, even when it does not."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: A=FAILED -> C").start()
    all_end(spec, "AB")
    spec.resume("A")
    assert not spec.attempts("B")
    spec.ends("A", "FAILED").then("A FAILED", "T3 fired", "C started")
    spec.ends("C")
    assert not spec.attempts("B")
    assert spec.counts() == {"Succeeded": 1, "Failed": 1}


def test_row_other_nodes() -> None:
    """Copied nodes count as finished: T(J2 AND J3) fires when only J2 was restarted and J3 had succeeded."""
    spec = Specification("T1: -> J2 J3\nT2: J2 & J3 -> J4").start().ends("J3").ends("J2", "FAILED")
    original = spec.attempts("J3")
    spec.resume("J2").then("run resumed", "J2 started")
    assert spec.attempts("J3") == original
    spec.ends("J2").then("J2 SUCCEEDED", "T2 fired", "J4 started")


def test_row_triggers_not_downstream() -> None:
    """They are carried as fired, with the moment and run of their firing, and do not fire again."""
    spec = Specification("T1: -> A B\nT2: A -> C\nT3: B -> D\nT4: C | D -> E").start()
    spec.ends("A").ends("B", "FAILED")
    all_end(spec, "CE")
    before = spec.graph().fired
    original = spec.run
    spec.resume("B")
    assert spec.graph().fired == {name: before[name] for name in ("T1", "T2")}
    assert {firing.run_id for firing in spec.graph().fired.values()} == {original}
    spec.ends("B").then("B SUCCEEDED", "T3 fired", "D started").ends("D").then("D SUCCEEDED", "T4 fired", "E started")


def test_row_new_run() -> None:
    """An own id and the previous run's; the same run may be resumed many times, and a resumed run too."""
    spec = partly_run()
    original = spec.run
    first = spec.resume("J2").ends("J2", "FAILED").run
    second = spec.resume("J2", run=original).ends("J2", "FAILED").run
    third = spec.resume("J3", run=second).run
    lineage = [(spec.graph(r).previous, spec.graph(r).root, spec.graph(r).depth) for r in (first, second, third)]
    assert lineage == [(original, original, 1), (original, original, 1), (second, original, 2)]
    assert len({original, first, second, third}) == 4
    assert spec.graph(third).cause == Cause("RESUME")


def test_row_graph() -> None:
    """The graph is complete, trigger nodes included: the design of the original run."""
    spec = partly_run()
    original = spec.graph()
    spec.resume("J2")
    assert spec.graph().design is original.design
    assert set(spec.graph().design.triggers) == {"T1", "T2", "T3", "T4", "T5"}
    assert spec.graph().design.nodes == ("JOB:J1", "JOB:J2", "JOB:J3", "JOB:J4", "JOB:J5")


def test_row_snapshot_used() -> None:
    """The original run's triggers, and the jobs as they are now."""
    spec = partly_run()
    spec.when(commands.RemoveTrigger, "T4").when(commands.ChangeJob, "J2", {"Timeout": 9})
    spec.resume("J2").ends("J2").then("J2 SUCCEEDED", "T4 fired", "J4 started")
    assert spec.attempts("J2")[0].job_version == 2
    assert len({r.event.design for r in spec.log.after(0) if hasattr(r.event, "design")}) == 1


def test_row_run_properties() -> None:
    """The original run's final properties are taken over; what is put later stays with the run it is put to."""
    spec = Specification(W1).start(a="1").ends("J1")
    put = commands.PutRunProperties
    spec.when(put, "W", spec.run, {"b": "2"}).ends("J2", "FAILED").ends("J3", "FAILED")
    original = spec.run
    spec.when(put, "W", original, {"c": "3"}).resume("J2")
    spec.when(put, "W", original, {"d": "4"}).when(put, "W", spec.run, {"e": "5"})
    assert spec.graph().properties == {"a": "1", "b": "2", "c": "3", "e": "5"}
    assert spec.graph(original).properties == {"a": "1", "b": "2", "c": "3", "d": "4"}
    spec.standing.references.clear()
    assert spec.graph(original).properties == {"a": "1", "b": "2", "c": "3", "d": "4"}


def test_row_statistics() -> None:
    """Counted over the complete graph, copied nodes included."""
    spec = partly_run().resume("J2")
    assert spec.counts() == {"Succeeded": 1, "Failed": 1, "Running": 1}
    assert len(spec.graph().design.nodes) == 5


def test_row_copied_nodes_in_a_chain() -> None:
    """A node copied twice still shows its first run's attempts, and says which run executed it."""
    spec = partly_run()
    original = spec.run
    middle = spec.resume("J2").ends("J2").ends("J4").run
    spec.resume("J3")
    assert spec.attempts("J1") == spec.attempts("J1", original)
    executed = {name: spec.attempts(name)[0].run_id for name in ("J1", "J2", "J3", "J4")}
    assert executed == {"J1": original, "J2": middle, "J3": spec.run, "J4": middle}


def test_row_copied_node_is_resumable() -> None:
    """A copied node has an attempt in the graph, so the run can be resumed from it."""
    spec = partly_run().resume("J2").ends("J2").ends("J4")
    spec.resume("J1").then("run resumed", "J1 started")
    assert spec.counts() == {"Running": 1}


def test_row_started_on() -> None:
    """The new run's own time; copied attempts keep theirs."""
    spec = partly_run()
    original = spec.graph()
    resumed = spec.resume("J2").graph()
    assert resumed.started_at == spec.at > original.started_at
    assert (resumed.completed_at, resumed.status) == (None, "RUNNING")
    assert spec.attempts("J1")[0].started_at == original.attempts["JOB:J1"][0].started_at


def test_row_side_effects() -> None:
    """The run before stays as it is, whatever happens in the resumed one."""
    spec = partly_run()
    original, before = spec.run, spec.graph()
    kept = (dict(before.attempts), dict(before.fired), dict(before.statistics), dict(before.unmatched), before.version)
    spec.resume("J1")
    all_end(spec, ["J1", "J2", "J3", "J4", "J5"])
    after = spec.graph(original)
    assert kept == (after.attempts, after.fired, after.statistics, after.unmatched, after.version)


def test_restarted_node_keeps_its_trigger() -> None:
    """Its arguments are those of the trigger that started it in the previous run, and the attempt is a first one."""
    spec = Specification("T1: -> A\nT2: A -> B", {"B": {"MaxRetries": 1}}).start()
    spec.ends("A").ends("B", "FAILED").ends("B", "FAILED").resume("B")
    started = spec.facts[-1].event
    assert isinstance(started, NodeStarted)
    assert (started.trigger, started.attempt) == ("T2", 0)
    assert [a.number for a in spec.attempts("B")] == [0]


def test_restarted_node_waits_for_its_job() -> None:
    """A job at its limit lets a restarted node wait like any other."""
    spec = Specification("T1: -> A", limited("A")).start().ends("A", "FAILED")
    failed = spec.run
    busy = spec.start().run
    spec.resume("A", run=failed).then("run resumed", "A waits")
    spec.ends("A", run=busy).then("A SUCCEEDED", "run COMPLETED", "A started")


def test_restarted_node_whose_job_is_gone_ends_in_error() -> None:
    """The resumed run shows the attempt in ERROR and is COMPLETED."""
    spec = partly_run().when(commands.RemoveJob, "J2")
    spec.resume("J2").then("run resumed", "J2 refused ERROR", "run COMPLETED")


def test_first_event_tells_the_resume() -> None:
    """The stream begins with where it came from: run, version, root, depth, what was asked for, and by whom."""
    spec = partly_run()
    original = spec.graph()
    spec.resume("J3", "J2")
    event = spec.facts[0].event
    assert isinstance(event, RunResumed)
    assert (event.previous, event.previous_version, event.root) == (original.run_id, original.version, original.run_id)
    assert (event.asked, event.depth, event.by) == (("JOB:J3", "JOB:J2"), 1, "api:test")
