"""The Glue wire: one request in AWS's JSON 1.1 protocol to the operation that its `X-Amz-Target` names, and back.

Signatures are not verified, as the daemon knows no secrets; the access key in one only names who asked.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from daemon.api.actions.call import Call
from daemon.api.actions.table import READS, WRITES
from daemon.api.service_model import Shape, load_service_model
from daemon.api.validation import validated
from daemon.engine import Engine
from daemon.errors import NotJson, ReglueError, UnknownOperation

CONTENT_TYPE = b"application/x-amz-json-1.1"
SERVICE = "AWSGlue"
ANONYMOUS = "api:anonymous"
_ACCESS_KEY = re.compile(rb"^AWS4-HMAC-SHA256\b.*?\bCredential=([\w.+=@-]{1,128})/", re.ASCII)


class GlueWire:
    """Answers requests of Glue's API."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._model = load_service_model([*READS, *WRITES])

    async def answer(self, headers: Mapping[bytes, bytes], body: bytes) -> bytes:
        """The body of the response. Raises the leaves of ReglueError."""
        operation, shape = self._requested(headers.get(b"x-amz-target"))
        call = Call(self._engine, principal(headers.get(b"authorization")), validated(shape, _parsed(body)))
        read = READS.get(operation)
        if read is None:
            return orjson.dumps(await WRITES[operation](call))
        answer = orjson.dumps(read(call))
        await self._engine.settled()
        return answer

    def _requested(self, header: bytes | None) -> tuple[str, Shape]:
        """The operation and the shape of its request."""
        if header is None:
            raise UnknownOperation(
                "The header X-Amz-Target is missing: it names the operation, such as AWSGlue.StartWorkflowRun."
            )
        target = header.decode("latin-1")
        service, _, operation = target.rpartition(".")
        shape = self._model.requests.get(operation) if service == SERVICE else None
        if shape is None:
            raise UnknownOperation(_unknown(target, service == SERVICE and operation in self._model.operations))
        return operation, shape


def principal(authorization: bytes | None) -> str:
    """Who asks, by the access key of a request's signature."""
    match = _ACCESS_KEY.match(authorization) if authorization else None
    return f"api:{match[1].decode()}" if match else ANONYMOUS


def error_body(error: ReglueError) -> bytes:
    """An error as Glue writes it."""
    return orjson.dumps({"__type": error.code, "Message": str(error)})


def _unknown(target: str, is_glues: bool) -> str:
    what = "is an operation of AWS Glue that this daemon does not have" if is_glues else "is no operation of AWS Glue"
    return f"'{target[:100]}' {what}. Served are those on workflows, workflow runs, triggers, jobs, job runs and tags."


def _parsed(body: bytes) -> Any:
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"The request's body is not JSON: {error}") from error
