"""Events in a few words, so that a rule's outcome reads like a sentence."""

from events import runs
from events.design import DesignRecorded, Event
from events.schedules import ScheduleFired
from events.vocabulary import node_name


def told(event: Event) -> str:
    """An event in a few words, such as `J1 started` or `T2 fired`; events of definitions by their class."""
    match event:
        case runs.TriggerFired():
            return f"{event.trigger} fired"
        case runs.NodeStarted() | runs.NodeWaiting():
            word = "started" if isinstance(event, runs.NodeStarted) else "waits"
            return f"{node_name(event.node)} {word}{_again(event.attempt)}"
        case runs.NodeRefused():
            return f"{node_name(event.node)} refused {event.state}"
        case runs.NodeStopAsked():
            return f"{node_name(event.node)} to end as {event.reason}"
        case runs.NodeCompleted():
            return f"{node_name(event.node)} {event.state}{', retried' if event.retried else ''}"
        case ScheduleFired():
            return "schedule caught up" if event.catch_up else "schedule fired"
        case runs.RunCompleted():
            return f"run {event.status}"
    return _TOLD.get(type(event)) or type(event).__name__


def _again(attempt: int) -> str:
    return f" again ({attempt})" if attempt else ""


_TOLD: dict[type[Event], str] = {
    runs.RunStarted: "run started",
    runs.RunResumed: "run resumed",
    runs.RunStopAsked: "run to stop",
    runs.PropertiesPut: "properties put",
    runs.JobRunRequested: "job run requested",
    DesignRecorded: "design recorded",
}
