"""Triggers outside of workflows: a conditional one follows what descends from one firing of another."""

import pytest

from daemon import commands
from daemon.decisions.announce import announcement
from daemon.decisions.decision import Situation
from daemon.schedule_commands import FireSchedule
from events.vocabulary import Action, TriggerDefinition
from projections.rebuild import reader
from projections.references import References
from tests.daemon.decisions.design_text import jobs, triggers
from tests.daemon.decisions.specification import JobBodies, Specification, limited

DIAMOND = "go: -> A B\nleft: A -> C\nboth: B & C -> D\nfailed: A=FAILED | B=FAILED -> E"


def outside(text: str, bodies: JobBodies | None = None, *, strict: bool = False) -> Specification:
    """Triggers of a text that belong to no workflow, with their jobs."""
    spec = Specification(strict=strict)
    lines = triggers(text, "")
    for job in jobs(lines):
        spec.when(commands.DefineJob, job, (bodies or {}).get(job, {}))
    for line in lines:
        spec.when(commands.DefineTrigger, line.definition, line.state == "ACTIVATED")
    return spec


def fired(spec: Specification, trigger: str = "go") -> Specification:
    """Fires an on-demand trigger; what descends from it is the specification's run."""
    spec.run = spec.when(commands.StartTrigger, trigger).answer
    return spec


def test_conditions_are_met_within_one_lineage() -> None:
    """AND and ANY over all that descends from one firing, down to its end."""
    spec = fired(outside(DIAMOND)).then("design recorded", "run started", "go fired", "A started", "B started")
    spec.ends("A").then("A SUCCEEDED", "left fired", "C started")
    spec.ends("B", "FAILED").then("B FAILED", "failed fired", "E started")
    spec.ends("E")
    spec.ends("C").then("C SUCCEEDED", "run COMPLETED")


def test_two_firings_do_not_mix() -> None:
    """A's end in one lineage and B's in another meet no condition."""
    spec = outside("go: -> A B\nboth: A & B -> C", limited("A", "B", runs=2))
    first, second = fired(spec).run, fired(spec).run
    spec.ends("A", run=first).then("A SUCCEEDED")
    spec.ends("B", run=second).then("B SUCCEEDED")
    spec.ends("B", run=first).then("B SUCCEEDED", "both fired", "C started")
    assert spec.facts[-1].stream == first


def test_runs_that_no_trigger_started_fire_nothing() -> None:
    """A job run that a client asked for, or a workflow started, is no concern of triggers outside."""
    spec = outside("go: -> A\nafter: A -> B").given_workflow("W", "T1: -> A", {})
    alone = spec.when(commands.RequestJobRun, "A", {}).answer
    spec.ends("A", run=alone).then("A SUCCEEDED", "run COMPLETED")
    spec.start().ends("A").then("A SUCCEEDED", "run COMPLETED")


def test_workflows_do_not_look_outside() -> None:
    """A job that a trigger outside started fires no trigger of a workflow."""
    spec = outside("go: -> A\nafter: A -> B").given_workflow("W", "T1: -> X\nT2: A -> Y", {})
    fired(spec).ends("A").then("A SUCCEEDED", "after fired", "B started")


@pytest.mark.parametrize("state", ["CREATED", "DEACTIVATED"])
def test_inactive_triggers_follow_nothing(state: str) -> None:
    """Without an active trigger that waits for them, jobs are started each on its own, as ever."""
    spec = outside(f"go: -> A\nafter {state}: A -> B")
    spec.when(commands.StartTrigger, "go").then("job run requested", "A started")
    assert spec.answer == ""


def test_what_was_active_at_the_firing_counts() -> None:
    """A lineage is frozen like a workflow's run: later changes of triggers are for later firings."""
    spec = fired(outside("go: -> A\nafter: A -> B"))
    spec.when(commands.StopTrigger, "after")
    spec.ends("A").then("A SUCCEEDED", "after fired", "B started")


def test_only_what_can_be_reached_is_frozen() -> None:
    """Other triggers outside are no part of the run's design."""
    spec = fired(outside(DIAMOND + "\nother: X -> Y\nback: D -> A"))
    assert list(spec.graph().design.triggers) == ["back", "both", "failed", "go", "left"]


def test_jobs_learn_of_no_workflow() -> None:
    """Arguments are the action's over the job's; there is no workflow to be named."""
    spec = outside("go: -> A\nafter: A -> B")
    update = {"Actions": [{"JobName": "A", "Arguments": {"--x": "1"}}]}
    fired(spec.when(commands.ChangeTrigger, "go", update))
    graph = spec.graph()
    assert (graph.workflow, graph.stands_alone, graph.cause.trigger) == ("", False, "go")
    assert graph.design.actions["go", "JOB:A"].arguments == {"--x": "1"}


@pytest.mark.parametrize(("strict", "happens"), [(False, "A waits"), (True, "A refused FAILED")])
def test_a_job_at_its_limit(strict: bool, happens: str) -> None:
    """As in a workflow: it waits, under strict-glue it fails."""
    spec = fired(outside("go: -> A\nafter: A -> B", strict=strict))
    fired(spec)
    assert happens in spec.happened


def test_a_scheduled_trigger_begins_a_lineage() -> None:
    """The firing names the run that it started."""
    spec = outside("go: -> A\nafter: A -> B")
    nightly = TriggerDefinition("nightly", "SCHEDULED", schedule="cron(0 0 * * ? *)", actions=(Action(job_name="A"),))
    spec.when(commands.DefineTrigger, nightly, True)
    due = (spec.at // 86_400_000 + 1) * 86_400_000
    spec.at = due
    spec.when(FireSchedule, "trigger", "nightly", due)
    (spec.run,) = spec.answer
    spec.ends("A").then("A SUCCEEDED", "after fired", "B started")


def test_a_lineage_is_announced_as_no_workflow() -> None:
    """Events tell of its job runs as of those outside of workflows, and not of its end."""
    spec = fired(outside("go: -> A\nafter: A -> B")).ends("A", "FAILED").then("A FAILED", "run COMPLETED")
    situation = Situation(spec.standing, commands.SettleRun(spec.at, "test", b"", spec.run), False)
    told = [announcement(fact.stream, fact.version, fact.event, situation) for fact in spec.facts]
    assert [event.detail_type for event in told if event] == ["Glue Job State Change"]
    assert told[0] is not None
    assert "workflowName" not in told[0].detail


def test_the_log_tells_the_same() -> None:
    """A lineage is folded from its stream to what stands in memory."""
    spec = fired(outside(DIAMOND)).ends("A")
    assert References(reader(spec.log), spec.standing.designs).graph(spec.run) == spec.graph()
