"""What the daemon's tests share: the event loop they run on, and a log with its journal."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.journal import Journal
from events.ledger import Ledger
from tests.daemon.disks import BusyDisk


@pytest.fixture
def anyio_backend() -> str:
    """The daemon is written for asyncio."""
    return "asyncio"


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    """Where the log of the test lies."""
    return tmp_path / "log.db"


@pytest.fixture
async def journal(log_path: Path) -> AsyncIterator[Journal]:
    """A journal on an empty log."""
    ledger = Ledger(log_path)
    journal = Journal(ledger)
    yield journal
    await journal.close()
    ledger.close()


@pytest.fixture
async def disk(log_path: Path, journal: Journal) -> AsyncIterator[BusyDisk]:
    """The disk of that log, which can be kept busy."""
    disk = BusyDisk(log_path)
    yield disk
    disk.close()
