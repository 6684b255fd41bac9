"""What lint finds, in workflows written as text."""

import pytest

from daemon import commands
from projections.lint import MOST_NODES, Finding, lint
from tests.daemon.decisions.specification import Specification


def found(spec: Specification, workflow: str | None = "W") -> list[tuple[str, str]]:
    """Rule and subject of each finding."""
    return [(finding.rule, finding.subject) for finding in lint(spec.standing.designs, workflow)]


def only(spec: Specification, workflow: str | None = "W") -> Finding:
    """The one finding there is."""
    (finding,) = lint(spec.standing.designs, workflow)
    return finding


@pytest.mark.parametrize(
    "text",
    [
        "T1: -> A B\nT2: A=FAILED & B=TIMEOUT -> C\nT3: C | A=STOPPED -> D",
        "T1: -> A\nT2: A -> B\nT3: B -> A",
        "T1: -> A\nT2: A=SUCCEEDED | A=FAILED -> B",
    ],
)
def test_sound_designs_are_left_alone(text: str) -> None:
    """Error branches, loops and ANY over states of one job are all fine."""
    assert found(Specification(text)) == []


@pytest.mark.parametrize("state", ["CREATED", "DEACTIVATED"])
def test_inactive_triggers_are_found(state: str) -> None:
    """With the state they are in; what only they start cannot be waited for."""
    spec = Specification(f"T1: -> A\nT2 {state}: A -> B\nT3: B -> C")
    assert found(spec) == [("inactive-trigger", "TRIGGER:T2"), ("never-fires", "TRIGGER:T3")]
    assert state in lint(spec.standing.designs, "W")[0].text


def test_conditions_on_what_nothing_starts_are_found() -> None:
    """AND needs all of its jobs, ANY one of them."""
    spec = Specification("T1: -> A\nT2: A & X -> B\nT3: A | X -> C")
    assert only(spec).text == "trigger 'T2' can never fire: it waits for job 'X', which no trigger here can start"


def test_loops_that_nothing_enters_are_found() -> None:
    """Two triggers that wait for each other's jobs."""
    assert found(Specification("T1: -> A\nT2: B -> C\nT3: C -> B")) == [
        ("never-fires", "TRIGGER:T2"),
        ("never-fires", "TRIGGER:T3"),
    ]


@pytest.mark.parametrize(("state", "reason"), [("ERROR", "no condition can match"), ("FAILED", "at once")])
def test_states_that_cannot_be_are_found(state: str, reason: str) -> None:
    """A state that never matches, and a job in two states under AND."""
    finding = only(Specification(f"T1: -> A\nT2: A & A={state} -> B"))
    assert finding.rule == "never-fires"
    assert reason in finding.text


def test_names_of_nothing_are_found() -> None:
    """A job that was deleted, and whoever waits for it."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: A & crawler:C -> B")
    spec.when(commands.RemoveJob, "A")
    assert found(spec) == [
        ("never-fires", "TRIGGER:T2"),
        ("never-fires", "TRIGGER:T3"),
        ("dangling-name", "JOB:A"),
    ]


def test_a_workflow_needs_a_start_trigger() -> None:
    """Triggers without a start trigger do nothing; a workflow without any trigger is just new."""
    assert ("no-start", "WORKFLOW:W") in found(Specification("T2: A -> B"))
    spec = Specification()
    spec.when(commands.DefineWorkflow, "W", {})
    assert found(spec) == []


def test_triggers_of_deleted_workflows_are_found() -> None:
    """By a look at everything; the workflow itself is not there to be asked about."""
    spec = Specification("T1: -> A\nT2: A -> B")
    assert found(spec, None) == []
    spec.when(commands.RemoveWorkflow, "W")
    assert found(spec, None) == [("orphan-trigger", "TRIGGER:T1"), ("orphan-trigger", "TRIGGER:T2")]


def test_what_glue_would_refuse_is_noted() -> None:
    """Many crawlers under one trigger, and very many nodes: notes, because it works here."""
    jobs = " ".join(f"J{number}" for number in range(MOST_NODES))
    spec = Specification(f"T1: -> {jobs}")
    assert (only(spec).severity, only(spec).rule) == ("note", "many-nodes")
    spec = Specification("T1: -> crawler:C1 crawler:C2 crawler:C3")
    notes = [finding.rule for finding in lint(spec.standing.designs, "W") if finding.severity == "note"]
    assert notes == ["many-crawlers"]


def test_joins_of_thousands_can_fire() -> None:
    """A trigger that waits for all, or for any, of thousands of jobs is looked at once, not once for each of them."""
    names = [f"J{number}" for number in range(1, 3_001)]
    spec = Specification(f"T1: -> {' '.join(names)}\nT2: {' & '.join(names)} -> K\nT3: {' | '.join(names)} -> L")
    assert [rule for _, rule in found(spec) if rule == "never-fires"] == []
