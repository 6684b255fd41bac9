"""The clients that tests speak to a daemon with: boto3's, and plain HTTP."""

import contextlib
import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

DEADLINE_SECONDS = 60.0
_CLIENT = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1},
    connect_timeout=DEADLINE_SECONDS,
    read_timeout=DEADLINE_SECONDS,
)


def client_of(url: str, service: str = "glue") -> Any:
    """A boto3 client that checks nothing itself and never sends twice."""
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", config=_CLIENT, **keys)


class Answer(NamedTuple):
    """What came back over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def document(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)


class Served:
    """A daemon that answers at `url`; `glue` is a boto3 client that sends whatever it is given, once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.glue = client_of(url)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def get(self, path: str) -> Any:
        """The JSON document at a path, which must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.document

    def call(self, operation: str, body: bytes) -> Answer:
        """One request of Glue's API with a body as it is."""
        return self.ask("POST", "/", body, {"X-Amz-Target": f"AWSGlue.{operation}"})
