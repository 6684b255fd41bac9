"""What a client is told when something was not foreseen, seen at the application itself."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from daemon.api.app import build_app
from daemon.engine import LOG_FILE, Engine
from daemon.executors.noop import NoopExecutor
from daemon.settings import Settings
from events.ledger import Ledger


async def asked_after_its_end(state: Path, method: str, path: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and document of a request to an engine whose database is closed already."""
    engine = Engine(Settings(state_dir=state), Ledger(state / LOG_FILE), NoopExecutor())
    engine.start({})
    app = build_app(engine)
    await engine.close()
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"JobName":"j"}', "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"x-amz-target", b"AWSGlue.GetJobRuns")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], named, json.loads(sent[1]["body"])


def test_an_unforeseen_error_is_logged_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The client gets a 500 in Glue's form with the request id under which the log has the traceback."""
    status, headers, error = asyncio.run(asked_after_its_end(tmp_path, "POST", "/"))
    assert (status, error["__type"]) == (500, "InternalServiceException")
    assert headers["x-amzn-requestid"] in error["Message"]
    assert "sqlite" not in error["Message"]
    logged = "".join(capsys.readouterr())
    assert "request_failed" in logged
    assert headers["x-amzn-requestid"] in logged
    assert "ProgrammingError: Cannot operate on a closed database" in logged  # with its module's name, or by rich


def test_our_own_reads_hide_it_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In our own form."""
    status, _, error = asyncio.run(asked_after_its_end(tmp_path, "GET", "/v1/job-runs/jr_1"))
    assert (status, error["error"]) == (500, "InternalServiceException")
    assert "request_failed" in "".join(capsys.readouterr())


def test_what_is_not_http_is_refused(tmp_path: Path) -> None:
    """A server that asks for more than HTTP is told so."""

    async def lifespan() -> None:
        engine = Engine(Settings(state_dir=tmp_path), Ledger(tmp_path / LOG_FILE), NoopExecutor())
        try:
            await build_app(engine)({"type": "lifespan"}, asyncio.Queue[Message]().get, asyncio.Queue[Message]().put)
        finally:
            await engine.close()

    with pytest.raises(NotImplementedError, match="takes HTTP, not lifespan"):
        asyncio.run(lifespan())
