"""What a monitor reads: each event as a CloudEvent 1.0 in structured JSON, made from the event and its run's row.

The same document goes to the broker and out of `GET /v1/events`, so what was missed on the one way can be had on the
other. `data` is flat: the event's own fields under their stored names, beside the context that a subscriber would
otherwise have to look up. Times are RFC 3339 in UTC, durations seconds.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from events.catalogue import STORED_NAMES
from events.runs import RunCompleted
from events.vocabulary import CRAWL_STREAM_PREFIX, StreamId, is_run_stream, node_kind, node_name
from projections.rebuild import RecordedEvent
from projections.run_history import RunSummary

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
TYPE_PREFIX = "reglue."
MOST_BYTES = 256 * 1024
"""Larger events are published without their own fields, and say where those are: brokers refuse very large packets."""

CUT_SCHEMA = "event.cut"
"""The schema of what is left of those."""

SCHEMAS = "/asyncapi.json#/components/schemas/"

MOMENTS = frozenset({"due", "missed_since", "ended_at"})
"""Fields of events that hold milliseconds since the epoch, and are written as RFC 3339."""


class Origin(msgspec.Struct, frozen=True):
    """Whose events these are: the namespace that the settings name, and the id of the log (`log_id`)."""

    namespace: str
    log_id: str

    @property
    def source(self) -> str:
        """The `source` of all events of this log."""
        return f"/reglue/{self.namespace}"


class About(msgspec.Struct, frozen=True):
    """What an event's own fields do not say: the workflow its stream belongs to, and for a run its row of history."""

    workflow: str = ""
    run: RunSummary | None = None


def cloud_event(recorded: RecordedEvent, origin: Origin, about: About) -> dict[str, Any]:
    """One event as a CloudEvent. `sequence` is its position in the log; `(source, id)` names it for ever."""
    event = recorded.event
    name, _, version = STORED_NAMES[type(event)].partition("/")
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"{origin.log_id}-{recorded.position}",
        "source": origin.source,
        "type": TYPE_PREFIX + name,
        "subject": recorded.stream,
        "time": moment(event.at),
        "datacontenttype": "application/json",
        "dataschema": f"{SCHEMAS}{name}.v{version}",
        "sequence": str(recorded.position),
        "sequencetype": "Integer",
    }
    if is_run_stream(recorded.stream):
        root = about.run.root if about.run is not None else recorded.stream
        document["traceparent"] = _traceparent(root, recorded.position)
    document["data"] = _context(recorded, about) | _fields(recorded)
    return document


def encoded(document: dict[str, Any]) -> bytes:
    """The payload; an event that is too large for brokers is cut down to its context and a `dataref`."""
    body = orjson.dumps(document)
    if len(body) <= MOST_BYTES:
        return body
    data = {name: value for name, value in document["data"].items() if name in CONTEXT}
    after = int(document["sequence"]) - 1
    whole = f"/v1/events?after={after}&limit=1"
    return orjson.dumps(document | {"data": data, "dataschema": SCHEMAS + CUT_SCHEMA, "dataref": whole})


CONTEXT = (
    "sequence",
    "stream",
    "version",
    "workflow",
    "run_id",
    "previous_run_id",
    "by",
    "status",
    "outcome",
    "duration_s",
    "total",
    "succeeded",
    "failed",
    "timeout",
    "stopped",
    "errored",
)
"""The members of `data` that do not come from the event's own fields; the last nine are there when a run has ended."""


def _context(recorded: RecordedEvent, about: About) -> dict[str, Any]:
    context: dict[str, Any] = {
        "sequence": recorded.position,
        "stream": recorded.stream,
        "version": recorded.version,
        "workflow": about.workflow,
        "by": recorded.event.by,
    }
    if is_run_stream(recorded.stream):
        context["run_id"] = recorded.stream.removeprefix(CRAWL_STREAM_PREFIX)
        if about.run is not None and about.run.previous:
            context["previous_run_id"] = about.run.previous
        if isinstance(recorded.event, RunCompleted) and about.run is not None:
            context |= outcome_of(about.run)
    return context


def outcome_of(run: RunSummary) -> dict[str, Any]:
    """How a run stands: flat, numbers as numbers, for an ended run's last event and for retained states."""
    counts = run.statistics
    shown: dict[str, Any] = {
        "status": run.status,
        "outcome": run.outcome,
        "total": run.total,
        "succeeded": counts["SucceededActions"],
        "failed": counts["FailedActions"],
        "timeout": counts["TimeoutActions"],
        "stopped": counts["StoppedActions"],
        "errored": counts["ErroredActions"],
    }
    if run.completed_at is not None:
        shown["duration_s"] = (run.completed_at - run.started_at) / 1000
    return shown


def _fields(recorded: RecordedEvent) -> dict[str, Any]:
    """The event's own fields, but for `at` and `by`; a node's key is parted into its name and its type."""
    fields: dict[str, Any] = msgspec.to_builtins(recorded.event)
    del fields["at"], fields["by"]
    for name in MOMENTS & fields.keys():
        fields[name] = moment(fields[name])
    cause = fields.get("cause")
    if cause is not None and "due" in cause:
        cause["due"] = moment(cause["due"])
    node = fields.get("node")
    if node is not None:
        fields["node"], fields["node_type"] = node_name(node), node_kind(node)
    return fields


def moment(millis: int) -> str:
    """Milliseconds since the epoch as RFC 3339 in UTC, such as `2026-11-24T09:30:00.125Z`."""
    seconds, rest = divmod(millis, 1000)
    return f"{_second(seconds)}.{rest:03}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    """Remembered, because a busy log has thousands of events a second."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def _traceparent(root: StreamId, position: int) -> str:
    """W3C trace context: a run and all its resumes are one trace, each event one span of it."""
    digits = root.partition("_")[2] or root.removeprefix(CRAWL_STREAM_PREFIX).replace("-", "")
    return f"00-{digits[:32].rjust(32, '0')}-{position:016x}-01"
