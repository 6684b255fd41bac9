"""The contract with monitors as a document that tools read: AsyncAPI 3, made from the code's own types.

Channels are the topics of `topics`, messages the stored events and the retained states; the daemon is the application
that is described, so it *sends* what monitors subscribe to, and *receives* commands.
"""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, get_args
from urllib.parse import urlsplit

from daemon.executors.port import OutcomeState
from daemon.mqtt import command_schemas, state_schemas
from daemon.mqtt.messages import CONTENT_TYPE
from daemon.mqtt.schemas import event_schemas, is_of_a_run, payload_schema, reference, schema_name
from daemon.mqtt.topics import NONE, ROOT, VERBS
from events import notifications, runs, seals
from events.catalogue import STORED_NAMES
from events.design import Event
from events.vocabulary import SEAL_STREAM

ASYNCAPI = "3.0.0"
BINDING = "0.2.0"
_EVENTS = {"qos": 1, "retain": False, "messageExpiryInterval": 24 * 60 * 60}
_STATES = {"qos": 1, "retain": True}
_OF_NODES = (runs.NodeWaiting, runs.NodeStarted, runs.NodeRefused, runs.NodeStopAsked, runs.NodeCompleted)
_OF_INBOXES = (
    notifications.EventReceived,
    notifications.EventRefused,
    notifications.BatchFired,
    notifications.EventsDiscarded,
)

ADDRESSES: dict[str, str] = {
    "runs": "events/{workflow}/{run}/run/{verb}",
    "nodes": "events/{workflow}/{run}/node/{node}/{verb}",
    "triggers": "events/{workflow}/{run}/trigger/{trigger}/{verb}",
    "definitions": f"events/{{workflow}}/{NONE}/{{kind}}/{{name}}/{{verb}}",
    "inboxes": f"events/{{workflow}}/{NONE}/inbox/{{verb}}",
    "seals": f"events/{{workflow}}/{NONE}/{SEAL_STREAM}/{{verb}}",
}
"""Channel -> its topics below the namespace."""

MEANINGS: dict[str, str] = {
    "runs": "What happens to a run as a whole, or to a job run or a crawl that stands alone.",
    "nodes": "What happens to the attempts at a job or crawler of a run.",
    "triggers": "The triggers that fire in a run.",
    "definitions": "What is defined: workflows, triggers, jobs, crawlers, rules, and the items of the data catalog.",
    "inboxes": "The events that a workflow is notified of, and what becomes of them.",
    "seals": "The seals of the log: one that is kept proves later that the log up to it is what it was.",
}

MADE_VERBS: dict[type[Event], tuple[str, ...]] = {
    runs.NodeCompleted: (*map(str.lower, get_args(OutcomeState)), "retried"),
    runs.NodeRefused: ("error", "failed"),
    runs.RunCompleted: ("completed", "stopped", "error"),
}
"""The verbs of events whose verb is made from what they say."""

KINDS = ("workflow", "trigger", "job", "crawler", "classifier", "design", "database", "table", "partitions", "rule")

PARAMETERS: dict[str, str] = {
    "namespace": "The daemon's mqtt_namespace.",
    "workflow": f"The workflow, `{NONE}` if none.",
    "run": "The run's id, or that of a job run or a crawl that stands alone.",
    "node": "The job or the crawler.",
    "trigger": "The trigger.",
    "instance": "Host and port of the daemon's HTTP address.",
    "kind": "What kind of definition it is.",
    "name": "What is defined. A table's name is `database/table`.",
    "verb": "What happened.",
}
LEVELS = " In names `/ + # %`, control characters and a lone `-` are percent-encoded, so that each is one level."


def document(namespace: str, url: str = "") -> dict[str, Any]:
    """The whole document. `url` is the broker's, without user and password; empty if there is none."""
    channels = {name: _channel(name, namespace) for name in ADDRESSES}
    states = {f"state_{name}": _state_channel(name, namespace) for name in state_schemas.ADDRESSES}
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "reglue",
            "version": version("reglue"),
            "description": "Every event of reglue's log, each as a CloudEvent 1.0 in structured JSON: at least once, in"
            " the order of the log apart from repetitions. Drop what came before by (source, id); a gap in `sequence`"
            " is filled by GET /v1/events?after=SEQUENCE.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        **({"servers": {"broker": _server(url)}} if url else {}),
        "channels": channels | states | command_schemas.command_channels(namespace),
        "operations": {
            **{f"publish_{name}": _operation(name, channel, _EVENTS) for name, channel in channels.items()},
            **{f"retain_{name}": _operation(name, channel, _STATES) for name, channel in states.items()},
            **command_schemas.command_operations(),
        },
        "components": {
            "schemas": event_schemas() | state_schemas.state_schemas() | command_schemas.command_schemas(),
            "messages": {
                **{schema_name(event): _message(event) for event in VERBS},
                **{f"state.{name}": _state_message(name) for name in state_schemas.ADDRESSES},
                **command_schemas.command_messages(),
            },
        },
    }


def channel_of(event: type[Event]) -> str:
    """The channel that an event is published on."""
    if event in _OF_NODES:
        return "nodes"
    if event is runs.TriggerFired:
        return "triggers"
    if is_of_a_run(event):
        return "runs"
    if event is seals.LogSealed:
        return "seals"
    return "inboxes" if event in _OF_INBOXES else "definitions"


def verbs_of(events: Iterable[type[Event]]) -> list[str]:
    """The last levels of the topics of some events, sorted."""
    found: set[str] = set()
    for event in events:
        verb = VERBS[event]
        found |= {verb} if isinstance(verb, str) else set(MADE_VERBS[event])
    return sorted(found)


def events_of(channel: str) -> list[type[Event]]:
    """The events that are published on a channel, in the order of the catalogue."""
    return [event for event in STORED_NAMES if channel_of(event) == channel]


def _channel(name: str, namespace: str) -> dict[str, Any]:
    address = f"{ROOT}/{{namespace}}/{ADDRESSES[name]}"
    events = events_of(name)
    parameters = {level: _parameter(level) for level in PARAMETERS if f"{{{level}}}" in address}
    parameters["namespace"] |= {"default": namespace}
    parameters["verb"] |= {"enum": verbs_of(events)}
    if "kind" in parameters:
        parameters["kind"] |= {"enum": list(KINDS)}
    messages = {schema_name(event): {"$ref": f"#/components/messages/{schema_name(event)}"} for event in events}
    return {"address": address, "description": MEANINGS[name], "parameters": parameters, "messages": messages}


def _parameter(level: str) -> dict[str, Any]:
    is_a_name = level in ("workflow", "node", "trigger", "name")
    return {"description": PARAMETERS[level] + (LEVELS if is_a_name else "")}


def _state_channel(state: str, namespace: str) -> dict[str, Any]:
    address = f"{ROOT}/{{namespace}}/{state_schemas.ADDRESSES[state]}"
    parameters = {level: _parameter(level) for level in PARAMETERS if f"{{{level}}}" in address}
    parameters["namespace"] |= {"default": namespace}
    messages = {f"state.{state}": {"$ref": f"#/components/messages/state.{state}"}}
    meaning = state_schemas.MEANINGS[state]
    return {"address": address, "description": meaning, "parameters": parameters, "messages": messages}


def _state_message(state: str) -> dict[str, Any]:
    return {
        "name": f"state.{state}",
        "summary": state_schemas.MEANINGS[state],
        "contentType": "application/json",
        "payload": reference(f"state.{state}"),
    }


def _operation(name: str, channel: dict[str, Any], binding: dict[str, Any]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": channel["description"],
        "messages": [{"$ref": f"#/channels/{name}/messages/{message}"} for message in channel["messages"]],
        "bindings": {"mqtt": binding | {"bindingVersion": BINDING}},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    name = schema_name(event)
    return {
        "name": name,
        "title": event.__name__,
        "summary": event_summary(event),
        "contentType": CONTENT_TYPE,
        "payload": payload_schema(event),
        "bindings": {"mqtt": {"contentType": CONTENT_TYPE, "bindingVersion": BINDING}},
    }


def event_summary(event: type[Event]) -> str:
    """What the event means, in the words of its class."""
    return " ".join((event.__doc__ or "").split()).partition(". ")[0].rstrip(".") + "."


def _server(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return {"host": host, "protocol": parts.scheme, **({"pathname": parts.path} if parts.path.strip("/") else {})}
