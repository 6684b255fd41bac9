"""How the client speaks with a daemon, and what it makes of answers that are none."""

from typing import Any

import msgspec
import pytest

from daemon.cli.client import Client, path_to
from daemon.cli.failures import BadInput, Refused, Unreachable
from tests.daemon.cli.conftest import Answers


def test_glue_calls_are_plain_json(answers: Answers) -> None:
    """A call of Glue's is a POST of JSON to / that names its operation."""
    answers.lay_down("GetJob", {"Job": {"Name": "J1"}})
    assert Client(answers.url).glue("GetJob", JobName="仕事") == {"Job": {"Name": "J1"}}
    (method, _, body) = answers.requests[0]
    assert (method, msgspec.json.decode(body)) == ("POST", {"JobName": "仕事"})


@pytest.mark.parametrize("name", ["a b", "a/b", "ü?&=#%", "..", "仕事"])
def test_names_of_all_kinds_make_one_path(name: str) -> None:
    """A name stays one part of the path, whatever characters it holds."""
    path = path_to("workflows", name, "runs")
    assert path.isascii()
    assert path.count("/") == 4
    assert not set("?&=#; ") & set(path)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"__type": "EntityNotFoundException", "Message": "Entity not found"}, "Entity not found (EntityNotFoundE"),
        ({"error": "InvalidInputException", "message": "limit is '0'"}, "limit is '0' (InvalidInputException)"),
    ],
)
def test_refusals_tell_what_the_daemon_said(answers: Answers, document: dict[str, Any], told: str) -> None:
    """Errors of the Glue wire and of /v1 are told with their text and their code."""
    answers.lay_down("/v1/workflows", document, 400)
    with pytest.raises(Refused) as caught:
        Client(answers.url).read_raw("/v1/workflows")
    assert caught.value.message.startswith(told)
    assert caught.value.code == document.get("__type", document.get("error"))


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (200, b"[1]"), (200, b"\xff"), (502, b"<html>"), (404, b"{}"), (500, b"")]
)
def test_other_servers_are_recognised(answers: Answers, status: int, body: bytes) -> None:
    """What answers but is not reglue is told as such, not as a traceback."""
    answers.lay_down("/v1/workflows", body, status)
    with pytest.raises(Unreachable, match="is not reglue"):
        Client(answers.url).read("/v1/workflows", dict[str, Any])


def test_closed_port_is_unreachable(answers: Answers) -> None:
    """Where nothing listens, the error names the endpoint and how to start a daemon."""
    answers.close()
    with pytest.raises(Unreachable, match=rf"No daemon answers at {answers.url} .*reglue serve"):
        Client(answers.url).glue("GetJobs")


def test_unknown_host_is_unreachable() -> None:
    """A host that cannot be found is told like a daemon that does not run."""
    with pytest.raises(Unreachable, match="No daemon answers at"):
        Client("http://no-such-host.invalid:1").glue("GetJobs")


@pytest.mark.parametrize("text", ["127.0.0.1:8484", "http://127.0.0.1:8484", "http://127.0.0.1:8484/"])
def test_endpoints_may_be_written_shortly(text: str) -> None:
    """The scheme may be left out and a slash may end it."""
    assert Client(text).endpoint == "http://127.0.0.1:8484"


@pytest.mark.parametrize("text", ["", "ftp://a", "http://", "http://a:b", "http://a:99999", "a b", "http://a?x=1"])
def test_wrong_endpoints_are_refused(text: str) -> None:
    """What is no endpoint is refused with how to write one."""
    with pytest.raises(BadInput, match="write http://HOST:PORT"):
        Client(text)


def test_path_of_the_endpoint_is_kept(answers: Answers) -> None:
    """An endpoint below a path, as behind a proxy, is asked below that path."""
    answers.lay_down("/glue/v1/workflows", {"workflows": []})
    assert Client(f"{answers.url}/glue/").read("/v1/workflows", dict[str, Any]) == {"workflows": []}
