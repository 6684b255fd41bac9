"""The definition that an attempt runs is the one at its version, whenever it was asked for first."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from daemon import commands
from daemon.engine import LOG_FILE, Engine
from daemon.executors.noop import NoopExecutor
from daemon.settings import Settings
from events.ledger import Ledger
from tests.daemon.disks import BusyDisk

pytestmark = pytest.mark.anyio


async def ask(engine: Engine, command: type[commands.Command], *values: Any) -> Any:
    """Sends a command; `values` follow what every command has."""
    return await engine.handle(command(engine.now(), "api:test", engine.seed(), *values))


async def test_version_that_is_not_on_the_disk_yet(tmp_path: Path) -> None:
    """A version that was asked for before it was on the disk is not taken for an older one for ever after."""
    ledger = Ledger(tmp_path / LOG_FILE)
    engine = Engine(Settings(state_dir=tmp_path), ledger, NoopExecutor())
    engine.start({})
    await ask(engine, commands.DefineJob, "J", {"Description": "1"})
    disk = BusyDisk(tmp_path / LOG_FILE)
    disk.hold()
    bodies = ({"Description": "2"}, {"Description": "3"})
    changes = [asyncio.ensure_future(ask(engine, commands.ChangeJob, "J", body)) for body in bodies]
    await asyncio.sleep(0)
    assert [engine.job_at("J", version) for version in (1, 3)] == [{"Description": "1"}, {"Description": "3"}]
    engine.job_at("J", 2)
    disk.let_go()
    await asyncio.gather(*changes)
    assert engine.job_at("J", 2) == {"Description": "2"}
    disk.close()
    await engine.close()
