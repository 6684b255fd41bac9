"""Definitions: made, made again, changed, removed, tagged."""

import pytest

from daemon import commands
from events.vocabulary import Action, TriggerDefinition
from tests.daemon.decisions.specification import Specification

TEXT = "T1: -> A\nT2: A -> B"
START = TriggerDefinition("T9", "ON_DEMAND", "W", actions=(Action("A"),))


def test_workflow_name_is_taken_once() -> None:
    """A second workflow of the same name is refused with Glue's text."""
    spec = Specification(TEXT)
    text = "Workflow with name: W already exists."
    spec.then_refused("AlreadyExistsException", text, commands.DefineWorkflow, "W", {})


def test_given_members_of_a_workflow_are_changed() -> None:
    """Members left out stay; a given map replaces the whole old one."""
    spec = Specification().when(commands.DefineWorkflow, "V", {"Description": "d", "DefaultRunProperties": {"a": "1"}})
    spec.when(commands.ChangeWorkflow, "V", {"DefaultRunProperties": {"b": "2"}}).then("WorkflowChanged")
    workflow = spec.standing.designs.workflow("V")
    assert workflow is not None
    assert workflow.body == {"Description": "d", "DefaultRunProperties": {"b": "2"}}
    assert workflow.version == 2


def test_same_definition_again_is_a_success() -> None:
    """Triggers and jobs may be created again as they are; nothing happens."""
    spec = Specification(TEXT)
    trigger = spec.standing.designs.trigger("T2")
    assert trigger is not None
    spec.when(commands.DefineTrigger, trigger.trigger).then()
    spec.when(commands.DefineJob, "A", {}).then()
    assert spec.answer == "A"


def test_other_definition_under_a_taken_name_is_refused() -> None:
    """Glue: IdempotentParameterMismatch."""
    spec = Specification(TEXT)
    code, text = "IdempotentParameterMismatchException", "already submitted with different configuration"
    other = TriggerDefinition("T2", "CONDITIONAL", "W", description="other")
    spec.then_refused(code, f"Trigger with name 'T2' {text}", commands.DefineTrigger, other)
    spec.then_refused(code, f"Job with name 'A' {text}", commands.DefineJob, "A", {"MaxRetries": 1})


@pytest.mark.parametrize("kind", ["ON_DEMAND", "SCHEDULED", "EVENT"])
def test_second_start_trigger_is_refused(kind: str) -> None:
    """A workflow has one start trigger; the error names it."""
    second = TriggerDefinition("T9", kind, "W", actions=(Action("A"),))
    spec = Specification(TEXT)
    spec.then_refused("InvalidInputException", "start trigger already: 'T1'", commands.DefineTrigger, second)
    spec.when(commands.RemoveTrigger, "T1").when(commands.DefineTrigger, second).then("TriggerDefined")


def test_trigger_of_an_unknown_workflow_is_refused() -> None:
    """The workflow must be there; the jobs a trigger names need not."""
    spec = Specification()
    spec.then_refused("EntityNotFoundException", "'W' does not exist", commands.DefineTrigger, START)
    spec.when(commands.DefineWorkflow, "W", {}).when(commands.DefineTrigger, START).then("TriggerDefined")


@pytest.mark.parametrize(
    ("command", "name"),
    [(commands.RemoveWorkflow, "X"), (commands.RemoveTrigger, "X"), (commands.RemoveJob, "X")],
)
def test_removing_what_is_not_there_is_a_success(command: type[commands.Command], name: str) -> None:
    """Glue answers such a deletion with the name."""
    spec = Specification(TEXT).when(command, name).then()
    assert spec.answer == "X"


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (commands.ChangeWorkflow, ({},)),
        (commands.ChangeTrigger, ({},)),
        (commands.StartTrigger, ()),
        (commands.StopTrigger, ()),
        (commands.ChangeJob, ({},)),
    ],
)
def test_changing_what_is_not_there_is_refused(command: type[commands.Command], values: tuple[object, ...]) -> None:
    """Every change of an unknown name is EntityNotFound and names it."""
    Specification(TEXT).then_refused("EntityNotFoundException", "X", command, "X", *values)


def test_removed_workflow_leaves_its_triggers() -> None:
    """Triggers and jobs stay, and belong to a workflow of the same name that is made later."""
    spec = Specification(TEXT).when(commands.RemoveWorkflow, "W").then("WorkflowRemoved")
    spec.then_refused("EntityNotFoundException", "does not exist", commands.StartRun, "W")
    spec.when(commands.DefineWorkflow, "W", {}).start()
    spec.then("design recorded", "run started", "T1 fired", "A started")
    workflow = spec.standing.designs.workflow("W")
    assert workflow is not None
    assert workflow.version == 3


def test_changed_trigger_keeps_type_workflow_and_state() -> None:
    """An update overwrites the rest; the same update again is no event."""
    update = {"Description": "new", "Actions": [{"JobName": "B"}], "Type": "EVENT", "WorkflowName": "V"}
    spec = Specification(TEXT).when(commands.ChangeTrigger, "T2", update).then("TriggerChanged")
    trigger = spec.standing.designs.trigger("T2")
    assert trigger is not None
    assert trigger.state == "ACTIVATED"
    assert trigger.trigger == TriggerDefinition("T2", "CONDITIONAL", "W", "new", actions=(Action("B"),))
    spec.when(commands.ChangeTrigger, "T2", update).then()


def test_triggers_are_activated_and_deactivated() -> None:
    """StartTrigger and StopTrigger move a conditional trigger between its states; twice is once."""
    spec = Specification(TEXT)
    spec.when(commands.StopTrigger, "T2").then("TriggerDeactivated").when(commands.StopTrigger, "T2").then()
    spec.when(commands.StartTrigger, "T2").then("TriggerActivated").when(commands.StartTrigger, "T2").then()
    spec.when(commands.StopTrigger, "T1").then()


def test_event_trigger_has_no_activation() -> None:
    """An EVENT trigger stays CREATED."""
    spec = Specification().when(commands.DefineTrigger, TriggerDefinition("E", "EVENT", actions=(Action("A"),)))
    spec.when(commands.StartTrigger, "E").then().when(commands.StopTrigger, "E").then()


def test_job_is_overwritten_whole() -> None:
    """A change replaces the definition; the same again is no event."""
    spec = Specification(TEXT, {"A": {"MaxRetries": 2, "Timeout": 5}})
    spec.when(commands.ChangeJob, "A", {"Timeout": 7}).then("JobChanged")
    job = spec.standing.designs.job("A")
    assert job is not None
    assert job.body == {"Timeout": 7}
    spec.when(commands.ChangeJob, "A", {"Timeout": 7}).then()


@pytest.mark.parametrize("kind", ["workflow", "trigger", "job"])
def test_tags_are_added_and_taken_off(kind: str) -> None:
    """Tags are merged and removed by key; what changes nothing is no event."""
    name = {"workflow": "W", "trigger": "T1", "job": "A"}[kind]
    spec = Specification(TEXT).when(commands.TagResource, kind, name, {"a": "1", "b": "2"}).then("ResourceTagged")
    spec.when(commands.TagResource, kind, name, {"a": "1"}).then()
    spec.when(commands.UntagResource, kind, name, ("b", "c")).then("ResourceUntagged")
    spec.when(commands.UntagResource, kind, name, ("b",)).then()
    tagged = next(d for d in spec.standing.designs.all(kind) if d.name == name)  # type: ignore[arg-type]  # a Kind
    assert tagged.tags == {"a": "1"}


def test_tags_are_limited() -> None:
    """A resource carries fifty tags; unknown resources carry none."""
    spec = Specification(TEXT)
    many = {str(number): "" for number in range(51)}
    tag = commands.TagResource
    spec.then_refused("ResourceNumberLimitExceededException", "51 tags", tag, "job", "A", many)
    spec.then_refused("EntityNotFoundException", "Job X not found", tag, "job", "X", {"a": "1"})
