"""The wire: one request in AWS's JSON 1.1 protocol to the operation that its `X-Amz-Target` names, and back.

Glue and what belongs to its jobs in other services come in by the same port; the target's prefix tells them apart.

Signatures are not verified, as the daemon knows no secrets; the access key in one only names who asked.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from daemon.api.actions.call import Answer, Call, Read, Write
from daemon.api.actions.event_intake import NOTIFY_EVENT, notify_event
from daemon.api.actions.event_table import EVENT_READS, EVENT_WRITES
from daemon.api.actions.log_events import LogActions
from daemon.api.actions.table import READS, WRITES
from daemon.api.service_model import EVENTS, LOGS, ServiceModel, Shape, load_service_model
from daemon.api.validation import validated
from daemon.engine import Engine
from daemon.errors import NotJson, ReglueError, UnknownOperation

CONTENT_TYPE = b"application/x-amz-json-1.1"
ANONYMOUS = "api:anonymous"
_ACCESS_KEY = re.compile(rb"^AWS4-HMAC-SHA256\b.*?\bCredential=([\w.+=@-]{1,128})/", re.ASCII)


_ON_GLUE = "those on workflows, triggers, jobs, crawlers, the catalog and tags"
_ON_EVENTS = "PutEvents, and those on rules and their targets"


class Service(NamedTuple):
    """One service of AWS as far as it is served: its name for people, its operations, and what `served` sums up."""

    name: str
    served: str
    model: ServiceModel
    reads: dict[str, Read]
    writes: dict[str, Write]


def _services() -> dict[str, Service]:
    """What is served, by the prefix of the targets."""
    glue = load_service_model([*READS, *WRITES])
    glue.requests["NotifyEvent"] = NOTIFY_EVENT
    events = load_service_model([*EVENT_READS, *EVENT_WRITES], EVENTS)
    log_reads = LogActions().reads()
    return {
        "AWSGlue": Service("AWS Glue", _ON_GLUE, glue, READS, {**WRITES, "NotifyEvent": notify_event}),
        "AWSEvents": Service("EventBridge", _ON_EVENTS, events, EVENT_READS, EVENT_WRITES),
        "Logs_20140328": Service(
            "CloudWatch Logs", ", ".join(log_reads), load_service_model(log_reads, LOGS), log_reads, {}
        ),
    }


class Wire:
    """Answers requests of AWS's JSON protocol."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._services = _services()

    async def answer(self, headers: Mapping[bytes, bytes], body: bytes) -> bytes:
        """The body of the response. Raises the leaves of ReglueError."""
        service, operation, shape = self._requested(headers.get(b"x-amz-target"))
        invocation = headers.get(b"amz-sdk-invocation-id", b"").decode("latin-1")
        by = principal(headers.get(b"authorization"))
        call = Call(self._engine, by, validated(shape, _parsed(body)), invocation)
        read = service.reads.get(operation)
        if read is None:
            return orjson.dumps(await service.writes[operation](call))
        found = read(call)
        answer = orjson.dumps(found if isinstance(found, dict) else await found)
        await self._engine.settled()
        return answer

    async def carry_out(self, operation: str, members: dict[str, Any], by: str) -> Answer:
        """Does what a request for this writing operation of Glue's would, with the same checks, on behalf of another
        door. Raises the leaves of ReglueError."""
        glue = self._services["AWSGlue"]
        call = Call(self._engine, by, validated(glue.model.requests[operation], members))
        return await glue.writes[operation](call)

    def _requested(self, header: bytes | None) -> tuple[Service, str, Shape]:
        """The service, the operation and the shape of its request."""
        if header is None:
            raise UnknownOperation(
                "The header X-Amz-Target is missing: it names the operation, such as AWSGlue.StartWorkflowRun."
            )
        target = header.decode("latin-1")
        prefix, _, operation = target.rpartition(".")
        service = self._services.get(prefix)
        shape = service.model.requests.get(operation) if service is not None else None
        if service is None or shape is None:
            raise UnknownOperation(_unknown(target, service, self._services["AWSGlue"]))
        return service, operation, shape


def principal(authorization: bytes | None) -> str:
    """Who asks, by the access key of a request's signature."""
    match = _ACCESS_KEY.match(authorization) if authorization else None
    return f"api:{match[1].decode()}" if match else ANONYMOUS


def error_body(error: ReglueError) -> bytes:
    """An error as Glue writes it."""
    return orjson.dumps({"__type": error.code, "Message": str(error)})


def _unknown(target: str, named: Service | None, default: Service) -> str:
    service = named or default
    is_known = named is not None and target.rpartition(".")[2] in named.model.operations
    what = "is an operation of {} that this daemon does not have" if is_known else "is no operation of {}"
    return f"'{target[:100]}' {what.format(service.name)}. Served are {service.served}."


def _parsed(body: bytes) -> Any:
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"The request's body is not JSON: {error}") from error
