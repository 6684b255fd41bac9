"""Batches of events: what completes them, what begins with them, and which events are known already."""

from daemon import commands, notification_commands
from events.vocabulary import Cause, EventBatch
from projections.inboxes import REMEMBERED_IDS
from tests.daemon.decisions.notified import event_trigger, event_workflow, eventful, notification, notify, runs_of
from tests.daemon.decisions.specification import Specification

BEGUN = ("run started", "W-start fired", "A started", "BatchFired")
RECEIVE, CLOSE = notification_commands.ReceiveEvents, notification_commands.CloseBatch


def test_every_event_starts_a_run_without_a_condition() -> None:
    """Glue: an absent condition is a batch of one."""
    spec = event_workflow(Specification())
    notify(spec, "e1").then("EventReceived", "design recorded", *BEGUN)
    notify(spec, "e2", "e3").then("EventReceived", "EventReceived", *BEGUN, *BEGUN)
    assert len(runs_of(spec)) == 3


def test_number_completes_a_batch() -> None:
    """Three events make a run that names them, and says that their number was it."""
    spec = event_workflow(Specification(), BatchSize=3)
    notify(spec, "e1", "e2").then("EventReceived", "EventReceived")
    notify(spec, "e3").then("EventReceived", "design recorded", *BEGUN)
    graph = spec.graph(runs_of(spec)[0])
    assert graph.cause == Cause("EVENT", "W-start", ("e1", "e2", "e3"), batch=EventBatch(1, 3, 3, 0, 1))
    assert graph.properties == {"aws:eventIds": "[e1, e2, e3]"}


def test_one_request_may_fill_several_batches() -> None:
    """Seven events at once make two runs of three, and one waits."""
    spec = event_workflow(Specification(), BatchSize=3)
    notify(spec, *"abcdefg").then(*eventful(7, "design recorded", *BEGUN, *BEGUN))
    assert [spec.graph(run).cause.event_ids for run in runs_of(spec)] == [tuple("abc"), tuple("def")]
    assert [waiting.id for waiting in spec.standing.inboxes.of("W").waiting] == ["g"]


def test_window_begins_with_the_first_event() -> None:
    """What has come by its end makes a run, which says that the window was it; a moment before it does not."""
    spec = event_workflow(Specification(), BatchSize=9, BatchWindow=10)
    notify(spec, "e1")
    spec.at += 7_000
    notify(spec, "e2")
    spec.at += 999 - 1_000
    spec.when(CLOSE, "W").then()
    spec.at += 1 - 1_000 + 1_000
    spec.when(CLOSE, "W").then("design recorded", *BEGUN)
    assert spec.graph(runs_of(spec)[0]).cause.batch == EventBatch(1, 2, 0, 10, 1)


def test_window_is_fifteen_minutes_unless_told() -> None:
    """Glue's default is 900 seconds."""
    spec = event_workflow(Specification(), BatchSize=2)
    notify(spec, "e1")
    spec.at += 898_000
    spec.when(CLOSE, "W").then()
    spec.when(CLOSE, "W").then("design recorded", *BEGUN)


def test_late_window_of_an_empty_inbox_starts_nothing() -> None:
    """The clock may ask although the batch was completed meanwhile."""
    spec = event_workflow(Specification(), BatchSize=1)
    spec.when(CLOSE, "W").then()
    notify(spec, "e1").when(CLOSE, "W").then()


def test_known_event_is_dropped() -> None:
    """An id that waits, began a run, or comes twice at once, changes nothing; the sender is told."""
    spec = event_workflow(Specification(), BatchSize=2)
    notify(spec, "e1", "e1").then("EventReceived")
    assert [answer.duplicates for answer in spec.answer] == [(), ("W",)]
    notify(spec, "e1").then()
    notify(spec, "e2")
    notify(spec, "e1", "e2").then()
    assert len(runs_of(spec)) == 1


def test_memory_of_ids_is_bounded() -> None:
    """After so many others an event counts as a new one."""
    spec = event_workflow(Specification(), BatchSize=100)
    notify(spec, "first", *(f"e{n}" for n in range(REMEMBERED_IDS - 1)))
    notify(spec, "first").then()
    notify(spec, "last")
    notify(spec, "first").then("EventReceived")
    assert len(spec.standing.inboxes.of("W").known) == REMEMBERED_IDS


def test_batch_at_the_limit_leaves_a_run_in_error() -> None:
    """Nobody waits for such a start, so the refusal is a run, with Glue's message; its events are used up."""
    spec = event_workflow(Specification())
    spec.when(commands.ChangeWorkflow, "W", {"MaxConcurrentRuns": 1})
    notify(spec, "e1")
    notify(spec, "e2").then("EventReceived", "run started", "run ERROR", "BatchFired")
    graph = spec.graph(runs_of(spec)[1])
    assert (graph.status, graph.error) == ("ERROR", "Concurrent runs exceeded for workflow: W.")
    assert (graph.cause.event_ids, spec.standing.inboxes.of("W").waiting) == (("e2",), ())
    assert spec.standing.active_runs("W") == 1


def test_changed_trigger_is_measured_at_once() -> None:
    """A smaller batch may be complete already."""
    spec = event_workflow(Specification(), BatchSize=9)
    notify(spec, "e1", "e2")
    update = {"Actions": [{"JobName": "A"}], "EventBatchingCondition": {"BatchSize": 2}}
    spec.when(commands.ChangeTrigger, "W-start", update).then("TriggerChanged", "design recorded", *BEGUN)


def test_events_that_can_start_nothing_are_discarded() -> None:
    """Without its EVENT trigger a workflow's events would wait for ever; a new trigger does not get them."""
    spec = event_workflow(Specification(), BatchSize=9)
    notify(spec, "e1", "e2")
    spec.when(commands.RemoveTrigger, "W-start").then("TriggerRemoved", "EventsDiscarded")
    spec.when(commands.DefineTrigger, event_trigger("W", BatchSize=1)).then("TriggerDefined")
    spec.when(commands.RemoveWorkflow, "W").then("WorkflowRemoved")


def test_discarded_event_may_be_sent_again() -> None:
    """It began nothing, so its sender is not told that it is known."""
    spec = event_workflow(Specification(), BatchSize=2)
    notify(spec, "e1").when(commands.RemoveTrigger, "W-start")
    spec.when(commands.DefineTrigger, event_trigger("W", BatchSize=2))
    notify(spec, "e1").then("EventReceived")


def test_deleted_workflow_leaves_no_known_events() -> None:
    """A workflow made anew under the name has never been told of any, whether they waited or began runs."""
    spec = event_workflow(Specification(), BatchSize=1)
    notify(spec, "e1")
    spec.when(commands.RemoveWorkflow, "W").then("WorkflowRemoved", "EventsDiscarded")
    spec.when(commands.DefineWorkflow, "W", {})
    notify(spec, "e1").then("EventReceived", *BEGUN[:2], "A started", "BatchFired")


def test_workflow_without_event_trigger_takes_none() -> None:
    """The sender is told; the other events of the request are taken."""
    spec = event_workflow(Specification("T: -> J"), "V")
    events = (notification_commands.Incoming(notification(), name) for name in ("W", "gone", "V"))
    spec.when(RECEIVE, tuple(events))
    assert [answer.error for answer in spec.answer] == ["InvalidInputException", "EntityNotFoundException", ""]
    assert len(runs_of(spec, "V")) == 1


def test_resumed_run_keeps_what_began_the_chain() -> None:
    """The batch and the ids in its properties are those of the run that it resumes."""
    spec = event_workflow(Specification())
    notify(spec, "e1")
    spec.run = runs_of(spec)[0]
    first = spec.graph().cause.batch
    spec.ends("A", "FAILED").resume("A")
    assert (spec.graph().cause, spec.graph().properties) == (Cause("RESUME", batch=first), {"aws:eventIds": "[e1]"})
