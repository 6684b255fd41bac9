"""A running daemon for a test, or for all tests of a module, and a folder for scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.corridor.daemons import Daemon
from tests.corridor.workshop import Workshop

Starting = Callable[..., Daemon]
"""Starts a daemon on the test's state directory with more options; it is stopped after the test, if it still runs."""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state directory of the test's daemons."""
    return tmp_path / "state"


@pytest.fixture
def starting(state: Path) -> Iterator[Starting]:
    """Starts daemons one after another on one state directory."""
    started: list[Daemon] = []

    def start(*options: str, environment: dict[str, str] | None = None) -> Daemon:
        started.append(Daemon(state, *options, environment=environment))
        return started[-1]

    yield start
    for daemon in started:
        if daemon.process.poll() is None:
            daemon.stop()


@pytest.fixture
def daemon(starting: Starting) -> Daemon:
    """A daemon that runs jobs as processes."""
    return starting()


@pytest.fixture
def workshop(daemon: Daemon, tmp_path: Path) -> Iterator[Workshop]:
    """Definitions in that daemon."""
    (tmp_path / "jobs").mkdir()
    workshop = Workshop(daemon, tmp_path / "jobs")
    yield workshop
    workshop.close()


@pytest.fixture(scope="module")
def noop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of a module, which use names of their own; its jobs end at once."""
    daemon = Daemon(tmp_path_factory.mktemp("noop"), "--executor", "noop")
    yield daemon
    daemon.stop()


@pytest.fixture
def name() -> str:
    """A name that nothing else has."""
    return f"n{uuid4().hex[:12]}"
