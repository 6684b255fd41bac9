"""The lifecycles of attempts and runs, as literal tables.

Two rules for this file: a step that is not in a table cannot happen, and nothing but tables and the values they are
made of lives here. An attempt is a Glue JobRun (or a crawl); a run is a Glue workflow run, or a job run that stands
alone.
"""

from events import crawlers, runs
from events.design import Event

ASKED_TO_STOP = "STOPPING"
RETRIED = "RETRIED"

NODE_STEPS: dict[str | None, dict[type[Event], str | None]] = {
    None: {runs.NodeWaiting: "WAITING", runs.NodeStarted: "RUNNING", runs.NodeRefused: None},
    "WAITING": {runs.NodeStarted: "RUNNING", runs.NodeRefused: None, runs.NodeCompleted: None},
    "RUNNING": {runs.NodeStopAsked: ASKED_TO_STOP, runs.NodeCompleted: None},
    ASKED_TO_STOP: {runs.NodeStopAsked: ASKED_TO_STOP, runs.NodeCompleted: None},
}
"""State of an attempt -> event -> its next state. None as a next state means: the state that the event itself names."""

ENDED_STATES = frozenset({"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "CANCELLED", "ERROR"})
"""States in which an attempt stays."""

RUN_STEPS: dict[str | None, dict[type[Event], str | None]] = {
    None: {
        runs.RunStarted: "RUNNING",
        runs.RunResumed: "RUNNING",
        runs.JobRunRequested: "RUNNING",
        crawlers.CrawlRequested: "RUNNING",
    },
    "RUNNING": {runs.RunStopAsked: "STOPPING", runs.RunCompleted: None},
    "STOPPING": {runs.RunCompleted: None},
}
"""Status of a run -> event -> its next status. None as a next status means: the status that the event itself names."""

ACTIVE_STATUSES = frozenset({"RUNNING", "STOPPING"})
"""Statuses that count towards a workflow's MaxConcurrentRuns."""

BUCKET_OF_STATE = {
    "WAITING": "WaitingActions",
    "RUNNING": "RunningActions",
    ASKED_TO_STOP: "RunningActions",
    "SUCCEEDED": "SucceededActions",
    "FAILED": "FailedActions",
    "TIMEOUT": "TimeoutActions",
    "STOPPED": "StoppedActions",
    "CANCELLED": "StoppedActions",
    "ERROR": "ErroredActions",
}
"""State of a node's newest attempt -> the member of Glue's Statistics that counts it. A node never run is in none."""

BUCKETS = (
    "TimeoutActions",
    "FailedActions",
    "StoppedActions",
    "SucceededActions",
    "RunningActions",
    "ErroredActions",
    "WaitingActions",
)

UNSUCCESSFUL_BUCKETS = ("FailedActions", "TimeoutActions", "StoppedActions", "ErroredActions")
"""Buckets that make a run's outcome a partial failure, although Glue's status says COMPLETED."""

UNSUCCESSFUL_STATES = frozenset(state for state, bucket in BUCKET_OF_STATE.items() if bucket in UNSUCCESSFUL_BUCKETS)
"""The states of a node's newest attempt that count there."""
