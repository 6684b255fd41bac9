"""Where a daemon keeps its state: in the directory that the settings name, or in memory until it ends.

An ephemeral daemon is a double of AWS Glue for tests. Its log and its rows are in memory; what jobs write is in a
directory that goes with the daemon, and so do the jobs. `POST /moto-api/reset`, which test suites written for moto's
server call between tests, ends every job and begins anew with nothing.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from daemon.api.admission import Admission
from daemon.api.app import build_app
from daemon.api.v1 import JSON, error_response
from daemon.engine import Engine
from daemon.errors import AccessDenied
from daemon.logs import get_logger
from daemon.monitoring import Monitoring
from daemon.settings import Settings

RESET_PATH = "/moto-api/reset"
ATTEMPTS_FOLDER = "attempts"
log = get_logger()

Opening = Callable[[], Engine]
"""Makes an engine and starts it."""


@contextlib.contextmanager
def lodged(settings: Settings) -> Iterator[Settings]:
    """The settings with the directory that the daemon really uses."""
    if not settings.ephemeral:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="reglue-", ignore_cleanup_errors=True) as folder:
        yield msgspec.structs.replace(settings, state_dir=Path(folder))


class Lasting:
    """An engine that is one and the same for the daemon's life; jobs outlive it."""

    def __init__(self, opening: Opening, monitoring: Monitoring) -> None:
        self.engine = opening()
        self._monitoring = monitoring
        self.app = build_app(self.engine)
        self._monitoring.attach(self.engine, self.app.doors)

    async def close(self) -> None:
        """Stops; jobs go on."""
        await self._monitoring.close()
        await self.engine.close()


class Ephemeral:
    """An engine that is replaced at each reset; jobs end with it. What is asked during a reset waits."""

    def __init__(self, opening: Opening, monitoring: Monitoring) -> None:
        self._opening = opening
        self.engine = opening()
        self._monitoring = monitoring
        self._inner = build_app(self.engine)
        self._monitoring.attach(self.engine, self._inner.doors)
        self._admission = Admission(self.engine.settings.host)
        self._changing = asyncio.Lock()
        self.app = self

    async def close(self) -> None:
        """Ends every job and stops."""
        await self._monitoring.close()
        await self.engine.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == RESET_PATH:
            await (await self._reset(scope))(scope, receive, send)
            return
        async with self._changing:
            inner = self._inner
        await inner(scope, receive, send)

    async def _reset(self, scope: Scope) -> Response:
        try:
            self._admission.check(dict(scope["headers"]))
        except AccessDenied as error:
            return error_response(error)
        async with self._changing:
            await self._monitoring.detach()
            await self.engine.end()
            shutil.rmtree(self.engine.settings.state_dir / ATTEMPTS_FOLDER, ignore_errors=True)
            self.engine = self._opening()
            self._inner = build_app(self.engine)
            self._monitoring.attach(self.engine, self._inner.doors)
        log.info("reset")
        return Response(orjson.dumps({"status": "ok"}), media_type=JSON)
