"""Events from outside: whom each is for, and which are known already."""

from collections.abc import Iterator

from daemon.decisions.decision import Decision, Situation
from daemon.decisions.routing import workflows_by_rule, workflows_named
from daemon.errors import ClientError, EntityNotFound, InvalidInput
from daemon.notification_commands import Incoming, Received, ReceiveEvents
from events.design import Event
from events.notifications import EventReceived, EventRefused, Notification
from events.vocabulary import StreamId, inbox_stream
from projections.batching import batching_of
from projections.standing import Standing

Delivery = tuple[StreamId, Event]


def receive_events(command: ReceiveEvents, situation: Situation) -> Decision:
    """Puts each event into the inboxes of the workflows it is for. One that is for none is accepted, as EventBridge
    does, and nothing is recorded of it."""
    deliveries: list[Delivery] = []
    taken: set[tuple[str, str]] = set()
    answers = [_receive(incoming, situation, deliveries, taken) for incoming in command.events]
    return Decision(tuple(deliveries), tuple(answers))


def _receive(
    incoming: Incoming, situation: Situation, deliveries: list[Delivery], taken: set[tuple[str, str]]
) -> Received:
    event = incoming.notification
    try:
        named = _named(incoming, situation.standing)
    except ClientError as error:
        return Received(event.id, error=error.code, reason=str(error))
    routed = () if incoming.workflow else workflows_by_rule(situation.standing, event)
    new, known = [], []
    for workflow in dict.fromkeys((*named, *routed)):
        if (workflow, event.id) in taken or event.id in situation.standing.inboxes.of(workflow).known:
            known.append(workflow)
            continue
        taken.add((workflow, event.id))
        deliveries.append(delivery(workflow, event, situation))
        if isinstance(deliveries[-1][1], EventReceived):
            new.append(workflow)
    return Received(event.id, tuple(new), tuple(known))


def delivery(workflow: str, event: Notification, situation: Situation) -> Delivery:
    """The fact that a workflow was notified, or could not be: of an event that a rule sends it nobody else is told."""
    at, by = situation.at, situation.by
    reason = refusal(situation.standing, workflow)
    fact = EventReceived(at, by, event) if reason is None else EventRefused(at, by, event, str(reason))
    return inbox_stream(workflow), fact


def refusal(standing: Standing, workflow: str) -> ClientError | None:
    """Why a workflow takes no events, if it does not."""
    if standing.designs.workflow(workflow) is None:
        return EntityNotFound(f"Workflow {workflow!r} does not exist.")
    if batching_of(standing.designs, workflow) is None:
        return InvalidInput(f"Workflow {workflow!r} has no EVENT trigger, so no event can start it: give it one.")
    return None


def _named(incoming: Incoming, standing: Standing) -> tuple[str, ...]:
    """The workflows that the sender names. Raises EntityNotFound, InvalidInput for one that takes no events."""
    if not incoming.workflow:
        return tuple(_named_in_resources(incoming.notification, standing))
    reason = refusal(standing, incoming.workflow)
    if reason is not None:
        raise reason
    return (incoming.workflow,)


def _named_in_resources(event: Notification, standing: Standing) -> Iterator[str]:
    for workflow, by_arn in workflows_named(event):
        reason = refusal(standing, workflow)
        if reason is None:
            yield workflow
        elif by_arn:
            raise reason
