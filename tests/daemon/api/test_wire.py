"""The Glue wire below boto3: headers, bodies, sizes, and who is let in."""

import contextlib
import socket
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from daemon.api.actions.table import READS, WRITES
from daemon.api.request_body import MOST_BYTES
from tests.daemon.api.clients import Answer, Served
from tests.daemon.api.glue_requests import define_chain, define_job, refused, run_to_its_end


def error_of(answer: Answer) -> tuple[int, str]:
    """Status and code of an error in Glue's form, which has a text and a request id."""
    document = answer.document
    assert set(document) == {"__type", "Message"}
    assert document["Message"]
    assert answer.headers["x-amzn-RequestId"]
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    return answer.status, document["__type"]


def test_an_operation_reads_or_writes() -> None:
    """No operation is in both tables."""
    assert not set(READS) & set(WRITES)


def test_an_answer_has_the_form_of_json_1_1(served: Served) -> None:
    """Content type and request id as AWS has them."""
    answer = served.call("ListWorkflows", b"{}")
    assert (answer.status, answer.document["Workflows"]) == (200, [])
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-RequestId"]) == 36


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"\xff", b'{"Name":"\\ud800"}', b"[" * 100_000, b'{"Name":NaN}', b'{"Name":{}}']
)
def test_a_body_that_is_no_request(served: Served, body: bytes) -> None:
    """What is no JSON object of the operation's types is a serialization error."""
    assert error_of(served.call("GetWorkflow", body)) == (400, "SerializationException")


def test_an_empty_body_has_no_members(served: Served) -> None:
    """Nothing at all counts as an empty object."""
    assert served.call("ListWorkflows", b"").status == 200


def test_an_unknown_member_is_refused(served: Served) -> None:
    """It is named together with those that there are."""
    answer = served.call("GetWorkflow", b'{"Name":"w","IncludeGraphs":true}')
    assert error_of(answer) == (400, "ValidationException")
    assert "'IncludeGraphs'" in answer.document["Message"]
    assert "[Name, IncludeGraph]" in answer.document["Message"]


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (None, "header X-Amz-Target is missing"),
        (
            "AWSGlue.GetSession",
            "'AWSGlue.GetSession' is an operation of AWS Glue that this daemon does not have",
        ),
        ("AWSGlue.Nonsense", "is no operation of AWS Glue"),
        ("GetWorkflow", "'GetWorkflow' is no operation of AWS Glue"),
        ("DynamoDB_20120810.GetItem", "is no operation of AWS Glue"),
    ],
)
def test_an_unknown_operation_says_so(served: Served, target: str | None, text: str) -> None:
    """A 400 that tells what is served, never a 500, which clients would retry for minutes."""
    answer = served.ask("POST", "/", b"{}", {"X-Amz-Target": target} if target else {})
    assert error_of(answer) == (400, "UnknownOperationException")
    assert text in answer.document["Message"]


def test_a_large_body_is_refused(served: Served) -> None:
    """10 MB get a 413 whose text boto3 can show."""
    code, text = refused(served.glue.create_workflow, Name="large", Description="x" * 10_000_000)
    assert code == "RequestEntityTooLargeException"
    assert str(MOST_BYTES) in text


def test_an_endless_body_is_cut_off(served: Served) -> None:
    """A body whose length is not announced is read up to the limit."""
    host, port = served.url.removeprefix("http://").split(":")
    head = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSGlue.GetWorkflow\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head)
        with contextlib.suppress(ConnectionError):
            for _ in range(2 * MOST_BYTES // 0x10000):
                connection.sendall(piece)
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_client_that_goes_away_is_nothing(served: Served) -> None:
    """A connection that ends in the middle of a request is no error of the daemon's."""
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    assert served.call("ListWorkflows", b"{}").status == 200


def test_another_sites_page_may_not_drive_the_daemon(served: Served) -> None:
    """A browser names the page's origin; one that is not the daemon's own is refused and nothing happens."""
    headers = {"X-Amz-Target": "AWSGlue.CreateWorkflow", "Origin": "http://evil.example"}
    assert error_of(served.ask("POST", "/", b'{"Name":"evil"}', headers)) == (403, "AccessDeniedException")
    assert error_of(served.call("GetWorkflow", b'{"Name":"evil"}')) == (400, "EntityNotFoundException")


def test_no_preflight_is_granted(served: Served) -> None:
    """A browser asks before it sends Glue's header to another site, and gets no permission."""
    answer = served.ask("OPTIONS", "/", headers={"Access-Control-Request-Method": "POST"})
    assert answer.status == 404
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_access_key_names_who_asks(served: Served) -> None:
    """A run carries the access key that its request was signed with, or says that there was none."""
    define_chain(served.glue, "asked", a=None)
    run_to_its_end(served.glue, "asked")
    unsigned = boto3.client(
        "glue", endpoint_url=served.url, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    unsigned.start_workflow_run(Name="asked")
    runs: list[dict[str, Any]] = served.get("/v1/workflows/asked/runs")["runs"]
    assert [run["by"] for run in runs] == ["api:anonymous", "api:AKIATEST"]


def test_any_name_that_glue_allows_works(served: Served) -> None:
    """Names may hold spaces, slashes, and characters of any script."""
    name = "red/shift größe \U0001f680"
    served.glue.create_workflow(Name=name)
    define_job(served.glue, name)
    assert served.glue.get_workflow(Name=name)["Workflow"]["Name"] == name
    assert served.glue.get_job(JobName=name)["Job"]["Name"] == name
