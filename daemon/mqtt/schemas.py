"""JSON schemas of what monitors read, made from the types that the log is read with.

One schema an event, under the stored event's name (`node.started.v1`), is the shape of a message's `data`, and is what
the message's `dataschema` names. They say what is there and do not forbid more: members may be added to an event.
"""

import inspect
from collections.abc import Mapping
from typing import Any

import msgspec

from daemon.mqtt.messages import CONTEXT, CUT_SCHEMA, MOMENTS, TYPE_PREFIX
from events import runs
from events.archives import RunArchived
from events.catalogue import CATALOGUE, STORED_NAMES
from events.crawlers import CrawlRequested
from events.design import Event

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"
ENVELOPE = "CloudEvent"
MOMENT: Schema = {"type": "string", "format": "date-time", "description": "RFC 3339, UTC, to the millisecond."}
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}

OUTCOME: dict[str, Schema] = {
    "status": _TEXT | {"description": "Glue's status of the run: RUNNING, COMPLETED, STOPPING, STOPPED or ERROR."},
    "outcome": _TEXT | {"description": "How the run went; COMPLETED does not say, for Glue ends failed runs so too."},
    "total": _COUNT | {"description": "The jobs and crawlers of the run."},
    "succeeded": _COUNT,
    "failed": _COUNT,
    "timeout": _COUNT,
    "stopped": _COUNT,
    "errored": _COUNT,
    "duration_s": {"type": "number", "minimum": 0, "description": "Seconds from the run's start to its end."},
}
"""How a run stands, as `messages.outcome_of` writes it."""

_CONTEXT: dict[str, Schema] = {
    "sequence": {"type": "integer", "minimum": 1, "description": "The event's position in the log."},
    "stream": _TEXT | {"description": "The stream of the log that the event belongs to, such as a run's id."},
    "version": {"type": "integer", "minimum": 1, "description": "The event's number within its stream, without gaps."},
    "workflow": _TEXT | {"description": "The workflow that the stream belongs to; empty if none."},
    "by": _TEXT
    | {"description": "Who caused it: api:<access key>, mqtt:<who>, trigger:<name>, executor, clock, daemon."},
    "run_id": _TEXT | {"description": "The run, or the job run or crawl that stands alone."},
    "previous_run_id": _TEXT | {"description": "The run that this one resumes; left out if none."},
} | OUTCOME
_ALWAYS = ("sequence", "stream", "version", "workflow", "by")
_OF_RUNS = (*_ALWAYS, "run_id", "previous_run_id")


def event_schemas() -> dict[str, Schema]:
    """Every schema that events need, by its name: one an event, and those that they refer to."""
    _, made = msgspec.json.schema_components(CATALOGUE.values(), ref_template=REFERENCE)
    classes = {event.__name__: event for event in CATALOGUE.values()}
    named = {schema_name(event): _data(event, made[name]) for name, event in classes.items()}
    shared = {name: _plain(schema) for name, schema in made.items() if name not in classes}
    shared["Cause"]["properties"]["due"] = MOMENT
    return {ENVELOPE: _envelope(), CUT_SCHEMA: _cut(), **dict(sorted((named | shared).items()))}


def schema_name(event: type[Event]) -> str:
    """`node.started.v1` for what is stored as `node.started/1`."""
    return STORED_NAMES[event].replace("/", ".v")


def payload_schema(event: type[Event]) -> Schema:
    """A whole message with this event: the envelope, and `data` unless that was too large for brokers."""
    kind = TYPE_PREFIX + STORED_NAMES[event].partition("/")[0]
    data = {"if": {"required": ["dataref"]}, "then": _with_data(CUT_SCHEMA), "else": _with_data(schema_name(event))}
    return {"allOf": [reference(ENVELOPE), {"properties": {"type": {"const": kind}}}, data]}


def reference(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": REFERENCE.format(name=name)}


def is_of_a_run(event: type[Event]) -> bool:
    """Whether the event stands in the stream of a run, or of a job run or a crawl that stands alone."""
    return event.__module__ == runs.__name__ or event in (CrawlRequested, RunArchived)


def _with_data(name: str) -> Schema:
    return {"properties": {"data": reference(name)}}


def _data(event: type[Event], made: Schema) -> Schema:
    """The event's own fields as `messages` writes them, beside the context of all events."""
    own: Schema = _plain(made)
    fields = {name: schema for name, schema in own["properties"].items() if name not in ("at", "by")}
    required = [name for name in own["required"] if name in fields]
    fields |= dict.fromkeys(MOMENTS & fields.keys(), MOMENT)
    if "node" in fields:
        fields["node_type"] = {"enum": ["JOB", "CRAWLER"]}
        required.append("node_type")
    names: tuple[str, ...] = _OF_RUNS if is_of_a_run(event) else _ALWAYS
    names += tuple(OUTCOME) if event is runs.RunCompleted else ()
    always = [name for name in names if name in (*_ALWAYS, "run_id")]
    properties = {name: _CONTEXT[name] for name in names} | fields
    return own | {"properties": properties, "required": sorted({*always, *required})}


def _cut() -> Schema:
    return {
        "title": "An event without its own fields",
        "description": "What is left of an event that is too large for brokers: the whole one is at `dataref`.",
        "type": "object",
        "properties": {name: _CONTEXT[name] for name in CONTEXT},
        "required": list(_ALWAYS),
    }


def _envelope() -> Schema:
    attributes: dict[str, Schema] = {
        "specversion": {"const": "1.0"},
        "id": _TEXT | {"pattern": "^[0-9a-f]{16}-[0-9]+$", "description": "The log's id and the event's sequence."},
        "source": _TEXT | {"format": "uri-reference", "description": "`/reglue/` and the namespace of the daemon."},
        "type": _TEXT | {"description": f"`{TYPE_PREFIX}` and the stored event's name."},
        "subject": _TEXT | {"description": "The stream of the log that the event belongs to."},
        "time": MOMENT,
        "datacontenttype": {"const": "application/json"},
        "dataschema": _TEXT | {"format": "uri-reference", "description": "The schema of `data`, in this document."},
        "sequence": _TEXT | {"pattern": "^[0-9]+$", "description": "The event's position in the log, without gaps."},
        "sequencetype": {"const": "Integer"},
        "traceparent": _TEXT | {"description": "W3C trace context: a run and all that resume it are one trace."},
        "dataref": _TEXT | {"format": "uri-reference", "description": "Where the whole event is, if `data` is cut."},
        "data": {"type": "object"},
    }
    optional = ("traceparent", "dataref")
    return {
        "title": "An event as a CloudEvent 1.0 in structured JSON",
        "type": "object",
        "properties": attributes,
        "required": [name for name in attributes if name not in optional],
    }


def _plain(schema: Any) -> Any:
    """Without what stands for our reading and not for what is written: a field that holds its default is left out, so
    no null is ever there; and what a reader does not know is to be skipped."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "anyOf" in schema:
        kept = [part for part in schema["anyOf"] if part != {"type": "null"}]
        schema = {name: part for name, part in schema.items() if name not in ("anyOf", "default")} | kept[0]
    plain = {name: _plain(part) for name, part in schema.items() if not (name == "additionalProperties" and not part)}
    if isinstance(plain.get("description"), str):
        plain["description"] = inspect.cleandoc(plain["description"]).partition("\n\n")[0].replace("\n", " ")
    return plain
