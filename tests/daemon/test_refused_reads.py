"""An error is an answer too: it waits until what it rests on is on the disk."""

import asyncio
from pathlib import Path

import orjson
import pytest
from starlette.types import Message

from daemon import commands
from daemon.api.app import build_app
from daemon.engine import LOG_FILE, Engine
from daemon.executors.noop import NoopExecutor
from daemon.settings import Settings
from events.ledger import Ledger
from tests.daemon.disks import BusyDisk

pytestmark = pytest.mark.anyio


async def get_workflow(engine: Engine, name: str) -> tuple[int, bytes]:
    """Status and body of the answer to GetWorkflow."""
    sent: list[Message] = []
    headers = [(b"x-amz-target", b"AWSGlue.GetWorkflow"), (b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}

    async def receive() -> Message:
        return {"type": "http.request", "body": orjson.dumps({"Name": name}), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await build_app(engine)(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_refused_read_waits_for_the_disk(tmp_path: Path) -> None:
    """That a workflow does not exist is not said while its deletion could still be lost."""
    ledger = Ledger(tmp_path / LOG_FILE)
    engine = Engine(Settings(state_dir=tmp_path), ledger, NoopExecutor())
    engine.start({})
    await engine.handle(commands.DefineWorkflow(1, "api:test", b"1", "W", {}))
    disk = BusyDisk(tmp_path / LOG_FILE)
    disk.hold()
    deleted = asyncio.ensure_future(engine.handle(commands.RemoveWorkflow(2, "api:test", b"2", "W")))
    await asyncio.sleep(0)
    read = asyncio.ensure_future(get_workflow(engine, "W"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not read.done()
    disk.let_go()
    status, body = await read
    assert (status, orjson.loads(body)["__type"]) == (400, "EntityNotFoundException")
    await deleted
    disk.close()
    await engine.close()
