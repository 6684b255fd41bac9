"""Chooses the concrete parts that the settings ask for. The only module that names them."""

from daemon.executors.noop import NoopExecutor
from daemon.executors.port import Executor
from daemon.executors.process import ProcessExecutor
from daemon.keys import Signer, signing_key
from daemon.settings import Settings


def make_executor(settings: Settings) -> Executor:
    """The executor that runs jobs."""
    if settings.executor == "noop":
        return NoopExecutor()
    return ProcessExecutor(settings.state_dir, settings.stop_grace_seconds)


def make_signer(settings: Settings) -> Signer | None:
    """What signs seals, if they are to be signed. Raises KeyUnusable."""
    return signing_key(settings.seal_key) if settings.seal_key is not None else None
