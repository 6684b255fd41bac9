"""How a command talks to the daemon: the Glue wire for what changes something, `/v1` for what is read and for resuming.

Both by the standard library's HTTP client, one connection for each request: importing botocore would cost several
times what the whole command may take. The Glue wire here is AWS JSON 1.1 without a signature, as
`aws --no-sign-request` sends it.
"""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import msgspec

from daemon.cli.failures import BadInput, Refused, Unreachable

DEFAULT_ENDPOINT = "http://127.0.0.1:8484"
ANSWER_SECONDS = 60.0
CHUNK_BYTES = 64 * 1024
_FIRST_ERROR_STATUS = 400

Document = TypeVar("Document")
Query = Mapping[str, str | int]


class _Request(msgspec.Struct, frozen=True):
    """One HTTP request; `seconds` bounds each wait for the daemon, None waits for ever."""

    method: str
    target: str
    body: bytes | None = None
    headers: dict[str, str] = {}
    seconds: float | None = ANSWER_SECONDS


class _ErrorAnswer(msgspec.Struct):
    """An error as either side of the daemon writes it: the Glue wire's members, then those of `/v1`."""

    type: str = msgspec.field(default="", name="__type")
    text: str = msgspec.field(default="", name="Message")
    error: str = ""
    message: str = ""


class Client:
    """One daemon, named by its endpoint such as http://127.0.0.1:8484 (the scheme may be left out)."""

    def __init__(self, endpoint: str) -> None:
        """Raises BadInput for what is no endpoint."""
        self._url = _checked(endpoint)
        self.endpoint = self._url.geturl().rstrip("/")

    def glue(self, operation: str, **members: Any) -> dict[str, Any]:
        """Call an operation of Glue and return the members of its answer. Raises Refused, Unreachable."""
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"AWSGlue.{operation}"}
        with self._answer(_Request("POST", "/", msgspec.json.encode(members), headers)) as answer:
            return self.decoded(answer.read(), dict[str, Any])

    def read(self, path: str, shape: type[Document], query: Query | None = None) -> Document:
        """Read a document of `/v1` into its shape from `documents.py`. Raises Refused, Unreachable."""
        return self.decoded(self.read_raw(path, query), shape)

    def send(self, path: str, document: object, shape: type[Document]) -> Document:
        """Send a document to `/v1` and return the answer in its shape. Raises Refused, Unreachable."""
        return self.decoded(self.send_raw(path, document), shape)

    def send_raw(self, path: str, document: object) -> bytes:
        """Send a document to `/v1` and return the answer as the daemon wrote it."""
        request = _Request("POST", path, msgspec.json.encode(document), {"Content-Type": "application/json"})
        with self._answer(request) as answer:
            return answer.read()

    def read_raw(self, path: str, query: Query | None = None) -> bytes:
        """Read a document of `/v1` as the daemon wrote it."""
        with self._answer(_Request("GET", _with_query(path, query))) as answer:
            return answer.read()

    def stream(self, path: str, query: Query) -> Iterator[bytes]:
        """Read from `/v1` piece by piece as it comes, for as long as it takes."""
        with self._answer(_Request("GET", _with_query(path, query), seconds=None)) as answer:
            while piece := answer.read1(CHUNK_BYTES):
                yield piece

    def decoded(self, body: bytes, shape: type[Document]) -> Document:
        """A body of this daemon's in its shape. Raises Unreachable if it is none."""
        try:
            return msgspec.json.decode(body, type=shape)
        except ValueError as error:
            raise Unreachable(f"What answers at {self.endpoint} is not reglue, or another version: {error}.") from error

    @contextmanager
    def _answer(self, request: _Request) -> Iterator[http.client.HTTPResponse]:
        """The daemon's answer with its body still to be read; the connection ends with the block."""
        connection = self._connection(request.seconds)
        target = self._url.path.rstrip("/") + request.target
        try:
            connection.request(request.method, target, request.body, request.headers)
            answer = connection.getresponse()
            if answer.status >= _FIRST_ERROR_STATUS:
                raise self._refusal(answer.status, answer.read())
            yield answer
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(self._explained(error)) from error
        finally:
            connection.close()

    def _connection(self, seconds: float | None) -> http.client.HTTPConnection:
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=seconds)

    def _refusal(self, status: int, body: bytes) -> Refused:
        answer = self.decoded(body, _ErrorAnswer)
        code = answer.type or answer.error
        text = answer.text or answer.message
        if not code and not text:
            raise Unreachable(f"What answers at {self.endpoint} is not reglue: HTTP status {status}.")
        return Refused(f"{text} ({code})" if text else code, code)

    def _explained(self, error: Exception) -> str:
        """Why there was no answer, and the way out."""
        if isinstance(error, TimeoutError):
            return f"The daemon at {self.endpoint} did not answer in time. Look at its log."
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return (
            f"No daemon answers at {self.endpoint} ({reason}). "
            "Start one with `reglue serve`, or name another with --endpoint or REGLUE_ENDPOINT."
        )


def path_to(*parts: str) -> str:
    """A path of `/v1` out of its parts, which may hold any characters: `path_to("workflows", name, "runs")`."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _with_query(path: str, query: Query | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _checked(endpoint: str) -> SplitResult:
    try:
        url = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
        usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0 and endpoint.isprintable()
    except ValueError:
        usable = False
    if not usable or url.query or url.fragment or " " in endpoint:
        raise BadInput(f"{endpoint!r} is no endpoint; write http://HOST:PORT, such as {DEFAULT_ENDPOINT}.")
    return url
