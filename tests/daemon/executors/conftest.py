"""What the executor tests share: both event loops, an open executor, its outcomes, and a folder for scripts."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.jobs import Scripts
from tests.daemon.executors.waiting import Outcomes


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """The daemon runs on uvloop; whoever has none falls back to asyncio's own loop."""
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    """A folder for this test's scripts."""
    return Scripts(tmp_path)


@pytest.fixture
def outcomes() -> Outcomes:
    """Takes the executor's reports."""
    return Outcomes()


@pytest.fixture
async def executor(tmp_path: Path, outcomes: Outcomes) -> AsyncIterator[ProcessExecutor]:
    """An open process executor with a grace too long to end within a test."""
    executor = ProcessExecutor(tmp_path / "state", grace_seconds=600)
    executor.open(outcomes)
    yield executor
    await executor.close()
