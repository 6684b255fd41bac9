"""Requests that cannot be carried out: each gets a clear error, leaves the log as it is, and the daemon goes on."""

import http.client
import json
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.corridor.daemons import Daemon
from tests.corridor.waiting import DEADLINE_SECONDS
from tests.daemon.api.clients import Answer

TEN_MEGABYTES = 10 * 1024 * 1024

UNREADABLE = {
    "no JSON": b'{"Name": ',
    "rubbish": b"\x00\xff\xfe\x80",
    "another encoding": '{"Name": "ż"}'.encode("utf-16"),
    "broken UTF-8": b'{"Name": "\xc3\x28"}',
    "half a surrogate pair": b'{"Name": "\\ud800"}',
    "a list": b"[]",
    "a text": b'"Name"',
    "a number": b"1",
    "null": b"null",
    "NaN": b'{"Name": NaN}',
    "two documents": b'{"Name": "a"} {"Name": "b"}',
    "too deep": b'{"Name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a name that is a number": b'{"Name": 1}',
    "a name that is a list": b'{"Name": ["a"]}',
    "properties that are a list": b'{"Name": "a", "DefaultRunProperties": ["b"]}',
    "a property that is a number": b'{"Name": "a", "DefaultRunProperties": {"b": 1}}',
    "a limit that is a text": b'{"Name": "a", "MaxConcurrentRuns": "1"}',
    "a limit that is a fraction": b'{"Name": "a", "MaxConcurrentRuns": 1.5}',
    "a limit that is true": b'{"Name": "a", "MaxConcurrentRuns": true}',
}
"""Bodies for CreateWorkflow that are no JSON, or not of its types."""

OUT_OF_BOUNDS: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({}, "'name'"),
    "a null name": ({"Name": None}, "'name'"),
    "an empty name": ({"Name": ""}, "'name'"),
    "a long name": ({"Name": "a" * 256}, "'name'"),
    "a control character": ({"Name": "a\x00b"}, "'name'"),
    "a line feed": ({"Name": "a\nb"}, "'name'"),
    "an unknown member": ({"Name": "a", "Nmae": "b"}, "'Nmae'"),
    "a long description": ({"Name": "a", "Description": "d" * 120_001}, "'description'"),
    "an empty property key": ({"Name": "a", "DefaultRunProperties": {"": "v"}}, "'defaultRunProperties.key'"),
    "51 tags": ({"Name": "a", "Tags": {f"k{i}": "v" for i in range(51)}}, "'tags'"),
    "a number out of range": ({"Name": "a", "MaxConcurrentRuns": 2**31}, "'maxConcurrentRuns'"),
}
"""Members of CreateWorkflow that break a constraint, and the path that the answer must name."""


@pytest.fixture(autouse=True)
def unchanged(noop: Daemon) -> Iterator[Callable[[], None]]:
    """After each test here, and wherever it calls this: the log is where it was, and the daemon is ready."""
    before = noop.position()

    def check() -> None:
        health = noop.get("/healthz")
        assert (health["status"], health["position"]) == ("ready", before)

    yield check
    check()
    assert "Traceback" not in noop.text


def assert_refused(answer: Answer, code: str, status: int = 400) -> str:
    """Checks that an answer is a refusal of this kind, without a traceback; returns its text."""
    assert (answer.status, answer.document["__type"]) == (status, code), answer.body
    text: str = answer.document["Message"]
    assert text
    assert "Traceback" not in text
    assert len(text) < 10_000
    assert answer.headers["x-amzn-requestid"]
    return text


def error_of(send: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Code and text of the error that a boto3 call is answered with."""
    with pytest.raises(ClientError) as caught:
        send(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_bodies(noop: Daemon, body: bytes) -> None:
    """What is no JSON, or not of the operation's types, is a SerializationException."""
    assert_refused(noop.call("CreateWorkflow", body), "SerializationException")


@pytest.mark.parametrize(("members", "path"), OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
def test_values_out_of_bounds(noop: Daemon, members: dict[str, Any], path: str) -> None:
    """A broken constraint of Glue's model is a ValidationException that names the member."""
    text = assert_refused(noop.call("CreateWorkflow", json.dumps(members).encode()), "ValidationException")
    assert path in text


def test_ten_megabytes_announced(noop: Daemon) -> None:
    """A body of 10 MB is refused with the limit in the text."""
    body = json.dumps({"Name": "a", "Description": "d" * TEN_MEGABYTES}).encode()
    answer = noop.call("CreateWorkflow", body)
    assert_refused(answer, "RequestEntityTooLargeException", 413)


def test_ten_megabytes_in_chunks(noop: Daemon) -> None:
    """A body of unknown length is read no further than the limit."""
    connection = http.client.HTTPConnection(noop.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
    with closing(connection):
        connection.putrequest("POST", "/")
        connection.putheader("X-Amz-Target", "AWSGlue.CreateWorkflow")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        chunk = b"d" * 65536
        for _ in range(TEN_MEGABYTES // len(chunk)):
            if select.select([connection.sock], [], [], 0)[0]:
                break
            connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        answer = _first_bytes(connection)
    assert b" 413 " in answer.split(b"\r\n")[0]


def test_body_of_the_largest_size_is_read(noop: Daemon) -> None:
    """Just below the limit the body is judged by what it says."""
    body = json.dumps({"Name": "a", "Description": "d" * 4_000_000}).encode()
    assert "'description'" in assert_refused(noop.call("CreateWorkflow", body), "ValidationException")


def test_unknown_operations(noop: Daemon) -> None:
    """An operation that Glue has and we do not, one that nobody has, another service's, and none at all."""
    for operation in ("CreateConnection", "NoSuchThing", "createWorkflow", "", "x" * 5000):
        text = assert_refused(noop.call(operation, b"{}"), "UnknownOperationException")
        assert len(text) < 500
    for target in ("CreateWorkflow", "DynamoDB_20120810.ListTables", "AWSGlue.", "\xff"):
        answer = noop.ask("POST", "/", b"{}", {"X-Amz-Target": target})
        assert_refused(answer, "UnknownOperationException")
    assert "X-Amz-Target" in assert_refused(noop.ask("POST", "/", b"{}"), "UnknownOperationException")


def test_pages_of_other_sites(noop: Daemon) -> None:
    """A browser's page from elsewhere, or one that gave this machine its own name, may do nothing."""
    target = {"X-Amz-Target": "AWSGlue.CreateWorkflow"}
    body = b'{"Name": "planted"}'
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        assert_refused(noop.ask("POST", "/", body, target | headers), "AccessDeniedException", 403)
        assert noop.ask("GET", "/v1/workflows", headers=headers).status == 403
    assert noop.glue.list_workflows()["Workflows"].count("planted") == 0


def test_other_places_and_methods(noop: Daemon) -> None:
    """What is not served says so in JSON, whatever the method."""
    places = [("GET", "/"), ("GET", "/nothing"), ("PUT", "/"), ("DELETE", "/v1/workflows"), ("POST", "/v1/workflows")]
    places += [("OPTIONS", "/"), ("GET", "/v1/runs/nonsense"), ("GET", "/v1/runs/%ff%00"), ("GET", "/../etc/passwd")]
    places += [("GET", "/v1/job-runs/..%2f..%2flog.db/logs"), ("GET", "/v1/job-runs/jr_0/logs"), ("PATCH", "/healthz")]
    for method, path in places:
        answer = noop.ask(method, path, b"")
        assert 400 <= answer.status < 500, (method, path, answer)
        assert "Traceback" not in answer.body.decode()
        assert answer.document


def test_odd_queries(noop: Daemon) -> None:
    """Numbers and choices in a query are checked, and the text names the parameter."""
    for query in ("limit=0", "limit=1001", "limit=x", "limit=-1", "limit=1e9", "limit=%D9%A3", "limit=", "before=x"):
        answer = noop.ask("GET", f"/v1/workflows/none/runs?{query}")
        assert answer.status == 400, (query, answer)
        assert query.partition("=")[0] in answer.body.decode() or "token" in answer.body.decode()


def test_broken_http(noop: Daemon, unchanged: Callable[[], None]) -> None:
    """Bytes that are no HTTP, a request cut off, headers without end: the connection ends, the daemon does not."""
    head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSGlue.CreateWorkflow\r\n"
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"NONSENSE\r\n\r\n",
        b"GET /" + b"a" * 200_000,
        head + b"Content-Length: -1\r\n\r\n{}",
        head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        head + b'Content-Length: 1000\r\n\r\n{"Name": "cut off"',
        head + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ):
        _send_raw(noop, sent)
        unchanged()


def test_tokens_that_nobody_gave(noop: Daemon) -> None:
    """A made-up NextToken is refused by every listing."""
    for token in ("x", "=" * 9, "W10", "bnVsbA", "ż", "a" * 5000):
        for listing in (noop.glue.list_workflows, noop.glue.get_jobs, noop.glue.get_triggers, noop.glue.list_jobs):
            assert error_of(listing, NextToken=token)[0] == "InvalidInputException"


def test_what_is_not_there(noop: Daemon) -> None:
    """Reading, changing or starting what nobody has defined is an EntityNotFoundException."""
    glue, run = noop.glue, {"Name": "none", "RunId": "wr_" + "0" * 64}
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (glue.get_workflow, {"Name": "none"}),
        (glue.update_workflow, {"Name": "none"}),
        (glue.start_workflow_run, {"Name": "none"}),
        (glue.get_workflow_runs, {"Name": "none"}),
        (glue.get_workflow_run, run),
        (glue.stop_workflow_run, run),
        (glue.get_workflow_run_properties, run),
        (glue.put_workflow_run_properties, run | {"RunProperties": {}}),
        (glue.resume_workflow_run, run | {"NodeIds": ["a"]}),
        (glue.get_trigger, {"Name": "none"}),
        (glue.update_trigger, {"Name": "none", "TriggerUpdate": {"Actions": [{"JobName": "a"}]}}),
        (glue.start_trigger, {"Name": "none"}),
        (glue.stop_trigger, {"Name": "none"}),
        (glue.create_trigger, _trigger("t", "none")),
        (glue.get_job, {"JobName": "none"}),
        (glue.update_job, {"JobName": "none", "JobUpdate": {}}),
        (glue.start_job_run, {"JobName": "none"}),
        (glue.get_job_run, {"JobName": "none", "RunId": "jr_0"}),
        (glue.get_job_runs, {"JobName": "none"}),
        (glue.get_tags, {"ResourceArn": "arn:aws:glue:us-east-1:123456789012:job/none"}),
        (glue.tag_resource, {"ResourceArn": "arn:aws:glue:us-east-1::workflow/none", "TagsToAdd": {"a": "b"}}),
    ]
    for send, members in calls:
        assert error_of(send, **members)[0] == "EntityNotFoundException", send


def test_deleting_what_is_not_there_is_no_error(noop: Daemon) -> None:
    """Glue answers it with success; nothing is recorded."""
    assert noop.glue.delete_workflow(Name="none")["Name"] == "none"
    assert noop.glue.delete_trigger(Name="none")["Name"] == "none"
    assert noop.glue.delete_job(JobName="none")["JobName"] == "none"


def _trigger(name: str, workflow: str) -> dict[str, Any]:
    return {"Name": name, "WorkflowName": workflow, "Type": "ON_DEMAND", "Actions": [{"JobName": "j"}]}


def _first_bytes(connection: http.client.HTTPConnection) -> bytes:
    assert connection.sock is not None
    received: bytes = connection.sock.recv(65536)
    return received


def _send_raw(daemon: Daemon, sent: bytes) -> None:
    """Sends bytes, says that there are no more, and reads until the daemon ends the connection."""
    host, _, port = daemon.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), DEADLINE_SECONDS) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
