"""The daemon's life in order: lock, log, engine, HTTP; ready; then everything back again on SIGTERM or SIGINT.

Jobs are not part of it: they go on when the daemon stops, and the next daemon takes them up.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import uvicorn
import uvloop

from daemon.engine import LOG_FILE, Engine
from daemon.launching import job_environment
from daemon.lodging import Ephemeral, Lasting
from daemon.logs import configure, get_logger
from daemon.monitoring import Monitoring
from daemon.settings import Settings
from daemon.state_lock import StateLock
from daemon.wiring import make_executor, make_signer
from events.ledger import Ledger

SWITCH_INTERVAL_SECONDS = 1e-4
"""How long a thread may hold the interpreter while another waits: short, or a busy loop keeps the journal's thread
from the disk."""

GC_THRESHOLD = 50_000
DRAIN_SECONDS = 3
KEEP_ALIVE_SECONDS = 75
"""How long an idle connection is kept. A short time closes connections under requests that are on their way when the
machine stalls for as long, and a client cannot know whether such a request was carried out."""

log = get_logger()

OnReady = Callable[[str], None]
"""Told the daemon's base URL once it answers; or the URL of the broker that comes with it, each time it does."""


class Listeners(NamedTuple):
    """Who wants to be told."""

    on_ready: OnReady | None
    on_broker: OnReady | None


def run(settings: Settings, on_ready: OnReady | None = None, on_broker: OnReady | None = None) -> int:
    """Runs a daemon until it is told to stop; returns the exit code.

    Raises StateDirectoryBusy, UnreadableLog, KeyUnusable, or OSError (address in use, directory not writable) when it
    cannot start.
    """
    configure(settings)
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    gc.set_threshold(GC_THRESHOLD)
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = StateLock(settings.state_dir)
    try:
        with _listening(settings) as listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings, listener, Listeners(on_ready, on_broker)))
    finally:
        lock.release()


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise OSError(
                error.errno,
                f"Cannot listen on {settings.listen}: {error.strerror}. "
                "Choose another address with --listen or REGLUE_LISTEN",
            ) from error
        listener.listen(1024)
        yield listener


async def _serve(settings: Settings, listener: socket.socket, told: Listeners) -> int:
    url = _url(listener)
    environment = job_environment(url, settings.region, dict(os.environ))
    os.environ.pop("REGLUE_MQTT", None)  # may hold a password, which is no business of jobs
    lodging = (Ephemeral if settings.ephemeral else Lasting)(
        lambda: _opened(settings, environment), Monitoring(settings, url, told.on_broker)
    )
    server = _Server(lodging.app, lambda: _ready(url, told.on_ready))
    gc.collect()
    gc.freeze()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, lodging, server)
    try:
        await server.serve([listener])
    finally:
        log.info("stopping", active_runs=len(lodging.engine.standing.runs))
        await lodging.close()
        log.info("stopped")
    return 0


def _opened(settings: Settings, environment: dict[str, str]) -> Engine:
    signer = make_signer(settings)
    ledger = Ledger(None if settings.ephemeral else settings.state_dir / LOG_FILE)
    engine = Engine(settings, ledger, make_executor(settings))
    engine.sealing.signer = signer
    engine.start(environment)
    return engine


def _stop(lodging: Lasting | Ephemeral, server: uvicorn.Server) -> None:
    """Asks the daemon to end; asking twice changes nothing. Readers that follow a log see it by the engine's status."""
    lodging.engine.stopping()
    server.should_exit = True


def _ready(url: str, on_ready: OnReady | None) -> None:
    log.info("ready", url=url, pid=os.getpid())
    if on_ready is not None:
        on_ready(url)


def _url(listener: socket.socket) -> str:
    """The address that clients on this machine use."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, with our signals and a call when it answers."""

    def __init__(self, app: object, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]  # any ASGI application
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the service's business."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts listening, then says so."""
        await super().startup(sockets)
        if self.started:
            self._ready()
