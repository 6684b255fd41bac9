"""JSON schemas of commands by MQTT, from the types that read them, and of their answers."""

import inspect
from typing import Any

import msgspec

from daemon.mqtt.command_requests import COMMANDS
from daemon.mqtt.schemas import Schema
from daemon.mqtt.topics import ROOT

REPLIES = "replies"
_TEXT: Schema = {"type": "string"}
_AGAIN: Schema = {"type": "boolean", "description": "It had been carried out before, and this came of it then."}
_CORRELATION: Schema = _TEXT | {"description": "The member `correlation` of the command, if it had one."}
_NODES: Schema = {"type": "array", "items": _TEXT}

MEMBERS: dict[str, Schema] = {
    "id": {"description": "Tells the command, when it comes again, from a new one; of `notify` it is the event's id."},
    "principal": {"description": "Who asks. In MQTT 5 the user property `principal` says so first."},
    "reply_to": {"description": "Where the answer is awaited. In MQTT 5 the response topic says so first."},
    "correlation": {"description": "Given back in the answer, for clients without correlation data."},
}

ANSWERS: dict[str, dict[str, Schema]] = {
    "start": {"run_id": _TEXT},
    "stop": {"run_id": _TEXT},
    "resume": {
        "run_id": _TEXT | {"description": "The new run."},
        "previous_run_id": _TEXT,
        "starting": _NODES | {"description": "The nodes that start at once."},
        "redundant": _NODES | {"description": "Those of the nodes asked for that follow from others."},
    },
    "notify": {"event_id": _TEXT, "duplicate": {"type": "boolean", "description": "The workflow knew the event."}},
}
"""Command -> the members of its answer."""

MEANINGS: dict[str, str] = {
    "start": "Starts a run of a workflow.",
    "stop": "Stops a run of a workflow.",
    "resume": "Resumes a run from nodes by name, key or id, as a new run.",
    "notify": "Notifies a workflow of an event, which may start it.",
}


def command_schemas() -> dict[str, Schema]:
    """The schemas of requests, `command.start`, of answers, `answer.start`, and of the answer that is a refusal."""
    named: dict[str, Schema] = {}
    for name, kind in COMMANDS.items():
        (made,) = msgspec.json.schema_components([kind])[1].values()
        properties = {key: schema | MEMBERS.get(key, {}) for key, schema in made["properties"].items()}
        named[f"command.{name}"] = made | {"properties": properties, "description": inspect.getdoc(kind)}
        members = ANSWERS[name] | {"again": _AGAIN, "correlation": _CORRELATION}
        named[f"answer.{name}"] = _object(members, list(ANSWERS[name]))
    refusal = {"error": _TEXT | {"description": "Glue's code."}, "message": _TEXT, "correlation": _CORRELATION}
    return named | {"answer.error": _object(refusal, ["error", "message"])}


def command_messages() -> dict[str, Any]:
    """The messages with these schemas, by their names."""
    return {
        name: {"name": name, "contentType": "application/json", "payload": {"$ref": f"#/components/schemas/{name}"}}
        for name in command_schemas()
    }


def command_channels(namespace: str) -> dict[str, Any]:
    """The topics of commands, and those of answers, below which each client chooses one."""
    of_namespace = {"namespace": {"description": "The daemon's mqtt_namespace.", "default": namespace}}
    channels: dict[str, Any] = {
        f"command_{name}": {
            "address": f"{ROOT}/{{namespace}}/cmd/{name}",
            "description": f"{MEANINGS[name]} Only a daemon with mqtt_commands listens.",
            "parameters": of_namespace,
            "messages": _messages(f"command.{name}"),
        }
        for name in COMMANDS
    }
    channels[REPLIES] = {
        "address": f"{ROOT}/{{namespace}}/reply/{{place}}",
        "description": "The answers to commands, each at the topic that its command names.",
        "parameters": of_namespace | {"place": {"description": "What the client likes; it may have more levels."}},
        "messages": _messages("answer.error", *(f"answer.{name}" for name in COMMANDS)),
    }
    return channels


def command_operations() -> dict[str, Any]:
    """What the daemon does with commands: it receives one, and sends an answer if one is awaited."""
    return {f"take_{name}": _operation(name) for name in COMMANDS}


def _operation(name: str) -> dict[str, Any]:
    channel = f"command_{name}"
    answers = (f"answer.{name}", "answer.error")
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": MEANINGS[name],
        "messages": [{"$ref": f"#/channels/{channel}/messages/command.{name}"}],
        "reply": {
            "address": {
                "location": "$message.payload#/reply_to",
                "description": "In MQTT 5 the response topic, if there is one.",
            },
            "channel": {"$ref": f"#/channels/{REPLIES}"},
            "messages": [{"$ref": f"#/channels/{REPLIES}/messages/{answer}"} for answer in answers],
        },
    }


def _messages(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _object(members: dict[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "properties": members, "required": required}
