"""Chooses the concrete parts that the settings ask for. The only module that names them."""

from daemon.executors.noop import NoopExecutor
from daemon.executors.port import Executor
from daemon.executors.process import ProcessExecutor
from daemon.settings import Settings


def make_executor(settings: Settings) -> Executor:
    """The executor that runs jobs."""
    if settings.executor == "noop":
        return NoopExecutor()
    return ProcessExecutor(settings.state_dir, settings.stop_grace_seconds)
