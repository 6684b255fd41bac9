"""JSON schemas of the retained states: how the daemon, its log, each workflow and each run of late stand, and the seal.

`states` makes the states; a test holds what it makes against these. A number or text that is not known yet is null, so
that a dashboard finds the same members always.
"""

from typing import Any

from daemon.mqtt.schemas import MOMENT, OUTCOME, Schema
from events.seals import FORMAT

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SEQUENCE = _COUNT | {"description": "The position of the log that this state includes at the least."}
_LOG_ID = _TEXT | {"description": "Which log it is: the first part of every event's id. Empty while the log is empty."}

ADDRESSES: dict[str, str] = {
    "daemon": "state/daemon/{instance}",
    "head": "state/head",
    "seal": "state/seal",
    "workflow": "state/workflow/{workflow}",
    "run": "state/run/{workflow}/{run}",
}
"""State -> its topic below the namespace."""

MEANINGS: dict[str, str] = {
    "daemon": "Whether the daemon is there: online, stopped by somebody, or offline by its last will.",
    "head": "The newest event of the log, at most once a second: who has less has missed something.",
    "seal": "The newest seal of the log. One that is kept elsewhere proves later what the log held.",
    "workflow": "How the newest run of a workflow stands. Cleared when the workflow is deleted.",
    "run": "How a run and its nodes stand, while it runs and ten minutes longer. Then it is cleared.",
    "node": "How a node of a run stands.",
}


def state_schemas() -> dict[str, Schema]:
    """The schema of each state, named `state.` and the state."""
    return {f"state.{name}": _object(MEANINGS[name], members) for name, members in _members().items()}


def _or_null(schema: Schema) -> Schema:
    about = {"description": schema["description"]} if "description" in schema else {}
    return {"anyOf": [{name: part for name, part in schema.items() if name != "description"}, {"type": "null"}]} | about


def _members() -> dict[str, dict[str, Schema]]:
    return {
        "daemon": {
            "status": {"enum": ["online", "stopped", "offline"]},
            "session": _COUNT | {"description": "Grows with every connection: a late last will has a lower one."},
            "version": _TEXT,
            "since": MOMENT,
            "url": _TEXT | {"format": "uri", "description": "Where the daemon answers over HTTP."},
            "log_id": _LOG_ID,
            "commands": {"type": "boolean", "description": "Whether it takes commands by MQTT."},
            "time": MOMENT,
        },
        "head": {"sequence": _COUNT, "time": MOMENT, "log_id": _LOG_ID},
        "seal": {
            "format": {"const": FORMAT},
            "number": _COUNT,
            "at": MOMENT,
            "first": _COUNT | {"description": "The first position that it speaks for."},
            "last": _COUNT | {"description": "The last one."},
            "events": _COUNT,
            "chained": _COUNT | {"description": "How many of the events carry a chain."},
            "root": _TEXT | {"description": "The root of the Merkle tree over the events, in hex."},
            "previous": _TEXT | {"description": "The hash of the seal before; empty in the first."},
            "key_id": _TEXT,
            "signature": _TEXT | {"description": "Ed25519 in hex; empty without a key."},
            "hash": _TEXT | {"description": "Stands for this seal and all before it."},
        },
        "workflow": {
            "workflow": _TEXT,
            "last_run_id": _or_null(_TEXT),
            **_standing(),
            "active_runs": _COUNT,
            "sequence": _SEQUENCE,
        },
        "run": {
            "workflow": _TEXT,
            "run_id": _TEXT,
            **_standing(),
            "by": _TEXT,
            "cause": {"enum": ["API", "TRIGGER", "SCHEDULE", "EVENT", "RESUME"]},
            "cause_trigger": _or_null(_TEXT),
            "error": _or_null(_TEXT),
            "design": _TEXT | {"description": "The hash of the design that the run began with."},
            "sequence": _SEQUENCE,
            "nodes": {"type": "array", "maxItems": 500, "items": {"$ref": "#/components/schemas/state.node"}},
            "nodes_omitted": _COUNT | {"description": "How many nodes are not shown; left out if none."},
        },
        "node": _node(),
    }


def _standing() -> dict[str, Schema]:
    """How a run stands; of a workflow that never ran the words are null and the counts 0."""
    words = {name: _or_null(OUTCOME[name]) for name in ("status", "outcome", "duration_s")}
    counts = {name: schema for name, schema in OUTCOME.items() if name not in words}
    more = {"previous_run_id": _or_null(_TEXT), "started": _or_null(MOMENT), "ended": _or_null(MOMENT)}
    return words | counts | {"running": _COUNT, "waiting": _COUNT} | more


def _node() -> dict[str, Schema]:
    return {
        "node": _TEXT,
        "node_type": {"enum": ["JOB", "CRAWLER"]},
        "state": _or_null(_TEXT | {"description": "The state of its newest attempt; null if it never ran."}),
        "attempt": _COUNT,
        "trigger": _or_null(_TEXT),
        "started": MOMENT,
        "ended": _or_null(MOMENT),
        "duration_s": _or_null({"type": "number", "minimum": 0}),
        "error": _or_null(_TEXT),
        "job_run_id": _TEXT,
        "run_id": _TEXT | {"description": "The run that executed it: another than this one for what it took over."},
    }


_OPTIONAL = frozenset({"nodes_omitted", "attempt", "trigger", "job_run_id"})
_OF_ATTEMPTS = frozenset({"started", "ended", "duration_s", "error", "run_id"})


def _object(meaning: str, members: dict[str, Any]) -> Schema:
    optional = _OPTIONAL | (_OF_ATTEMPTS if "node_type" in members else frozenset())
    required = [name for name in members if name not in optional]
    return {"description": meaning, "type": "object", "properties": members, "required": required}
