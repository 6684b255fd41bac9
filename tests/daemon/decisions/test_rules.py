"""Rules, and the events that the daemon makes of what happens: who gets them, and how circles end."""

from typing import Any

from daemon import commands, notification_commands
from daemon.decisions.announce import LONGEST_CHAIN, MOST_IN_A_UNIT
from daemon.notification_commands import Incoming
from events.notifications import EventReceived, EventRefused, Notification
from events.vocabulary import inbox_stream
from tests.daemon.decisions.crawler_text import crawl, given_crawler, table
from tests.daemon.decisions.notified import event_workflow, notification, notify, rule, runs_of
from tests.daemon.decisions.specification import Specification

ENDS: dict[str, Any] = {"source": ["aws.glue"], "detail-type": ["Glue Workflow State Change"]}
JOBS: dict[str, Any] = {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"]}


def received(spec: Specification, workflow: str) -> list[Notification]:
    """What a workflow was notified of."""
    facts = spec.log.stream(inbox_stream(workflow))
    return [fact.event.notification for fact in facts if isinstance(fact.event, EventReceived)]


def refused(spec: Specification, workflow: str) -> list[str]:
    """Why a workflow's events were not taken."""
    facts = spec.log.stream(inbox_stream(workflow))
    return [fact.event.reason for fact in facts if isinstance(fact.event, EventRefused)]


def send(spec: Specification, **members: Any) -> Specification:
    """An event that names no workflow of its own."""
    return spec.when(notification_commands.ReceiveEvents, (Incoming(notification(**members)),))


def test_event_goes_where_rules_and_resources_say_once() -> None:
    """A workflow that is named twice and a target too gets the event once; a disabled rule is silent."""
    spec = event_workflow(event_workflow(event_workflow(Specification()), "V"), "U")
    rule(spec, "R", {"source": ["shop"]}, "W", "V")
    rule(spec, "Off", {"source": ["shop"]}, "U").when(notification_commands.SetRuleState, "Off", "DISABLED")
    send(spec, resources=("W", "arn:aws:glue:eu-west-1::workflow/W", "arn:aws:s3:::bucket"))
    assert [len(runs_of(spec, name)) for name in "WVU"] == [1, 1, 0]
    assert spec.answer[0].workflows == ("W", "V")


def test_event_for_nobody_is_accepted_and_not_kept() -> None:
    """As on EventBridge."""
    spec = rule(event_workflow(Specification()), "R", {"source": ["other"]}, "W")
    send(spec, resources=("some-file",)).then()
    assert spec.answer[0].error == ""


def test_named_workflow_must_be_there() -> None:
    """An ARN says that a workflow is meant; a rule's target that is missing is put down in its inbox."""
    spec = rule(Specification(), "R", {"source": ["shop"]}, "gone")
    send(spec, resources=("arn:aws:glue:::workflow/gone",)).then()
    assert spec.answer[0].error == "EntityNotFoundException"
    send(spec).then("EventRefused")
    assert refused(spec, "gone") == ["Workflow 'gone' does not exist."]


def test_workflow_starts_another() -> None:
    """The end of a run is in the inbox of the rule's target, and starts it, in the same unit."""
    spec = event_workflow(Specification("T: -> J"), "V")
    rule(spec, "R", {**ENDS, "detail": {"workflowName": ["W"], "outcome": ["SUCCEEDED"]}}, "V")
    spec.start().ends("J", "FAILED").then("J FAILED", "run COMPLETED")
    begun = ("EventReceived", "design recorded", "run started", "V-start fired", "A started", "BatchFired")
    spec.start().ends("J").then("J SUCCEEDED", "run COMPLETED", *begun)
    event = received(spec, "V")[0]
    assert event.origin == f"{spec.run}@{spec.graph().version}"
    assert (event.detail["workflowRunId"], event.detail["state"]) == (spec.run, "COMPLETED")
    assert spec.graph(runs_of(spec, "V")[0]).cause.event_ids == (event.id,)


def test_job_runs_are_told_as_glue_does() -> None:
    """SUCCEEDED, FAILED, TIMEOUT and STOPPED, each attempt, inside and outside of workflows; ERROR is not."""
    spec = event_workflow(Specification("T: -> J", {"J": {"MaxRetries": 1}}), "V", BatchSize=50)
    rule(spec, "R", JOBS, "V")
    spec.start().ends("J", "FAILED").ends("J", "TIMEOUT")
    spec.when(commands.RequestJobRun, "J", {})
    spec.ends("J", "STOPPED", run=spec.answer)
    spec.start().when(commands.RemoveJob, "J").ends("J", "SUCCEEDED")
    spec.start().then("run started", "T fired", "J refused ERROR", "run COMPLETED")
    told = [event.detail for event in received(spec, "V")]
    assert [detail["state"] for detail in told] == ["FAILED", "TIMEOUT", "STOPPED", "SUCCEEDED"]
    assert [detail.get("workflowName") for detail in told] == ["W", "W", None, "W"]


def test_crawls_are_told_as_glue_does() -> None:
    """A crawl outside of workflows, with its counts as texts."""
    spec = given_crawler(event_workflow(Specification(), "V", BatchSize=50))
    rule(spec, "R", {"detail-type": ["Glue Crawler State Change"]}, "V")
    crawl(spec, table("orders", "1", "2"))
    (told,) = [event.detail for event in received(spec, "V")]
    assert (told["crawlerName"], told["state"], told["tablesCreated"], told["partitionsCreated"]) == (
        "C",
        "Succeeded",
        "1",
        "2",
    )


def test_without_a_rule_nothing_is_told() -> None:
    """A workflow that events start does not hear of its own runs."""
    spec = notify(event_workflow(Specification()), "e1")
    spec.ends("A", run=runs_of(spec)[0]).then("A SUCCEEDED", "run COMPLETED")


def test_circle_ends_and_says_so() -> None:
    """A rule that starts a workflow after itself does so ten times; the refusal is a fact."""
    spec = rule(event_workflow(Specification()), "R", ENDS, "W")
    notify(spec, "e1")
    while (run := runs_of(spec)[-1]) in spec.standing.runs:
        spec.ends("A", run=run)
    assert len(runs_of(spec)) == LONGEST_CHAIN
    assert refused(spec, "W")[0].startswith("10 runs in a row were started by each other's events")


def test_circles_of_runs_that_end_at_once_are_bounded() -> None:
    """Five workflows that each start all five, with a job that is missing: the unit comes to an end."""
    spec = Specification()
    for name in "ABCDE":
        event_workflow(spec, name, job="")
    rule(spec, "R", ENDS, *"ABCDE")
    notify(spec, "e1", workflow="A")
    assert len(spec.log_runs()) == MOST_IN_A_UNIT + 1
    assert any("rules start workflows in circles" in reason for reason in refused(spec, "B"))
    assert not spec.standing.runs


def test_rules_are_definitions() -> None:
    """Put again a rule keeps its targets; it goes only without them; what changes nothing is no event."""
    spec = rule(event_workflow(Specification()), "R", {"source": ["a"]}, "W")
    changed = {"EventPattern": '{"source": ["b"]}', "State": "ENABLED"}
    spec.when(notification_commands.PutRule, "R", changed).then("RulePut")
    spec.when(notification_commands.PutRule, "R", changed).then()
    spec.then_refused("ValidationException", "has targets", notification_commands.RemoveRule, "R")
    spec.when(notification_commands.RemoveRuleTargets, "R", ("W", "other")).then("RuleTargetsRemoved")
    spec.when(notification_commands.RemoveRule, "R").then("RuleRemoved")
    spec.when(notification_commands.RemoveRule, "R").then()
    spec.then_refused("ResourceNotFoundException", "R does not", notification_commands.PutRuleTargets, "R", {})
