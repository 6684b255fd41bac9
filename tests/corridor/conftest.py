"""A running daemon for a test, or for all tests of a module, and a folder for scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.corridor.daemons import Daemon
from tests.corridor.leftovers import assert_nothing_is_left
from tests.corridor.workshop import Workshop

Starting = Callable[..., Daemon]
"""Starts a daemon on the test's state directory with more options; it is stopped after the test, if it still runs."""

Working = Callable[..., Workshop]
"""Starts such a daemon too; answers where to define jobs and workflows in it."""


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
def working(starting: Starting, tmp_path: Path) -> Iterator[Working]:
    """Daemons on one state directory, with definitions whose scripts lie in one folder. After the test no process of
    any job may be left."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    workshops: list[Workshop] = []

    def work(*options: str) -> Workshop:
        workshops.append(Workshop(starting(*options), folder))
        return workshops[-1]

    yield work
    for workshop in workshops:
        workshop.close()
    assert_nothing_is_left(folder)


@pytest.fixture
def daemon(starting: Starting) -> Daemon:
    """A daemon that runs jobs as processes."""
    return starting()


@pytest.fixture
def workshop(working: Working) -> Workshop:
    """Definitions in a daemon that runs jobs as processes."""
    return working()


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
