"""Holds messages against the contract as it is published: the schemas, the topics, and the rules of CloudEvents."""

import re
from functools import cache
from typing import Any

import orjson
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from daemon.mqtt.asyncapi import document

Document = dict[str, Any]
ADDRESS = "/asyncapi.json"


def strict(part: Any) -> Any:
    """The contract as we keep it ourselves: nothing is sent that it does not list."""
    if isinstance(part, list):
        return [strict(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    inner = {name: strict(value) for name, value in part.items()}
    is_whole = inner.get("type") == "object" and isinstance(inner.get("properties"), dict)
    return {"additionalProperties": False} | inner if is_whole else inner


@cache
def published() -> Document:
    """The document, made strict."""
    whole: Document = strict(orjson.loads(orjson.dumps(document("default"))))
    return whole


@cache
def _validator(pointer: str) -> Draft7Validator:
    resource: Resource[Any] = DRAFT7.create_resource(published())
    registry: Registry[Any] = Registry().with_resource(ADDRESS, resource)
    return Draft7Validator({"$ref": f"{ADDRESS}#{pointer}"}, registry=registry)


def faults(payload: bytes) -> list[str]:
    """What is wrong with a message that holds an event; nothing if all is well."""
    event = orjson.loads(payload)
    found = _errors(f"/components/messages/{message_of(event)}/payload", event)
    found += _errors(event["dataschema"].removeprefix(f"{ADDRESS}#"), event["data"])
    read = JSONFormat().read(CloudEvent, payload)  # raises for what is no CloudEvent
    assert read.get_extension("sequence") == event["sequence"]
    return found


def state_faults(message: str, payload: bytes) -> list[str]:
    """What is wrong with a retained state."""
    return _errors(f"/components/messages/{message}/payload", orjson.loads(payload))


def message_of(event: Document) -> str:
    """The name of the message that an event is."""
    kind = event["type"].removeprefix("reglue.")
    (name,) = [name for name in published()["components"]["messages"] if name.rpartition(".v")[0] == kind]
    return str(name)


def channels_of(topic: str) -> list[str]:
    """The channels whose address and parameters a topic fits."""
    return [name for name, channel in published()["channels"].items() if _fits(topic, channel)]


def _fits(topic: str, channel: Document) -> bool:
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(channel["address"]))
    found = re.fullmatch(pattern, topic)
    return found is not None and all(
        value in channel["parameters"][level].get("enum", [value]) for level, value in found.groupdict().items()
    )


def _errors(pointer: str, instance: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in _validator(pointer).iter_errors(instance)]
