"""The broker that comes with the daemon: a process of its own on a loopback address, watched and started anew.

With it a monitor needs no set-up at all. It knows no passwords, keeps nothing on the disk and forgets retained
messages and sessions with every start, so whoever publishes does so anew on every connection. For more than one machine
there are real brokers: see docs/monitors.md.
"""

import asyncio
import contextlib
import errno
import importlib.util
import ipaddress
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

from daemon.logs import get_logger

PORTS_TRIED = 100
START_SECONDS = 10.0
"""How long a broker may take until it answers. It takes a quarter of a second; a loaded machine more."""

LOOK_SECONDS = 10.0
ANSWER_SECONDS = 15.0
"""A broker that does not answer for so long hangs, and is ended to be started anew."""

PAUSES = (0.1, 0.5, 2.0, 10.0)
"""Seconds before a broker is started again that ended, one after another; from the first again once it has lived for
longer than the last."""

CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x0a\x00\x00"
ACCEPTED = b"\x20\x02\x00\x00"
DISCONNECT = b"\xe0\x00"
"""The smallest conversation in MQTT 3.1.1: connect without a name, be let in, leave."""

log = get_logger()

OnChange = Callable[[str], None]
"""Told the broker's URL each time it begins to answer, and an empty text each time it has ended."""


class BrokerMissing(Exception):
    """The broker is not installed; the text says how to install it."""


class EmbeddedBroker:
    """See the module. Make it, `start` it on the running loop, `stop` it in the end."""

    def __init__(self, host: str, port: int, on_change: OnChange = lambda url: None) -> None:
        """Raises ValueError for an address that other machines reach; port 0 takes a free one."""
        self._host = "127.0.0.1" if host == "localhost" else host
        if not _is_loopback(self._host):
            raise ValueError(
                f"The embedded broker knows no passwords and listens on loopback addresses only, not on {host}:"
                " choose 127.0.0.1, or run a broker with passwords and name its mqtt:// URL"
            )
        self._port = self._wanted = port
        self._on_change = on_change
        self._stopping = asyncio.Event()
        self._answering = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._child: _Child | None = None
        self._starts = 0
        self._reason = ""

    @property
    def url(self) -> str:
        """Where clients connect; empty while the broker does not answer."""
        return f"mqtt://{_shown(self._host, self._port)}" if self._answering.is_set() else ""

    def health(self) -> dict[str, Any]:
        """How the broker stands: `url`, `pid`, how often it was started again, and why it ended last."""
        pid = self._child.pid if self._child is not None else None
        return {"url": self.url, "pid": pid, "restarts": max(0, self._starts - 1), "reason": self._reason}

    async def start(self) -> str:
        """Start and watch the broker; returns its URL as soon as it answers. A broker that cannot start is tried again
        until `stop`, each time with a line in the log. Raises BrokerMissing."""
        if importlib.util.find_spec("iotcore") is None:
            raise BrokerMissing(
                "The embedded broker needs the package iotcore, which is not installed: pip install 'reglue[broker]',"
                " or name another broker with --mqtt mqtt://HOST:PORT"
            )
        self._watching = asyncio.create_task(self._watch(), name="mqtt-broker")
        await self._answering.wait()
        return self.url

    async def stop(self) -> None:
        """End the broker, and return when its process is gone."""
        self._stopping.set()
        if self._watching is not None:
            await self._watching

    async def _watch(self) -> None:
        """One life of the broker after another. Nothing here is cancelled, so that no process is lost on the way."""
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            self._reason = await self._life()
            if self._stopping.is_set():
                return
            log.warning("broker_ended", reason=self._reason, restarts=self._starts)
            failures = 0 if time.monotonic() - began > PAUSES[-1] else failures + 1
            await self._unless_stopping(PAUSES[min(failures, len(PAUSES)) - 1])

    async def _life(self) -> str:
        """Start the broker and see to it until it ends; returns why it ended."""
        try:
            self._port = _free_port(self._host, self._port)
            self._child = _Child(await asyncio.to_thread(_spawned, self._host, self._port))
        except OSError as error:
            return f"The broker cannot be started on {_shown(self._host, self._port)}: {error.strerror or error}"
        self._starts += 1
        try:
            return await self._seen_to(self._child)
        finally:
            self._child.kill()
            await self._child.ended
            self._child = None
            if self._answering.is_set():
                self._answering.clear()
                self._on_change("")

    async def _seen_to(self, child: "_Child") -> str:
        if not await self._has_begun(child):
            return child.reason or f"The broker did not answer within {START_SECONDS:g} s of its start"
        self._tell(child)
        while not child.ended.done() and not self._stopping.is_set():
            await self._unless_stopping(LOOK_SECONDS, child.ended)
            if not child.ended.done() and not self._stopping.is_set() and not await self._answers(ANSWER_SECONDS):
                return child.reason or f"The broker did not answer for {ANSWER_SECONDS:g} s"
        return child.reason

    async def _has_begun(self, child: "_Child") -> bool:
        """Whether the broker answers, as soon as it does or is known not to."""
        deadline = time.monotonic() + START_SECONDS
        while not child.ended.done() and not self._stopping.is_set() and time.monotonic() < deadline:
            if await self._answers(START_SECONDS):
                return not child.ended.done()
            await self._unless_stopping(0.02, child.ended)
        return False

    def _tell(self, child: "_Child") -> None:
        self._answering.set()
        log.info("broker_listening", url=self.url, pid=child.pid)
        if self._wanted not in (0, self._port):
            log.warning("broker_port_taken", url=self.url, wanted=_shown(self._host, self._wanted))
        self._on_change(self.url)

    async def _unless_stopping(self, seconds: float, ended: "asyncio.Future[None] | None" = None) -> None:
        """Sleep, but not beyond the call to stop or the end of the process."""
        called = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({called, ended or called}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        called.cancel()

    async def _answers(self, seconds: float) -> bool:
        """Whether the broker lets a client in."""
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                with contextlib.closing(writer):
                    writer.write(CONNECT)
                    accepted = await reader.readexactly(len(ACCEPTED)) == ACCEPTED
                    writer.write(DISCONNECT)
                    return accepted
        return False


class _Child:
    """One process of the broker. A thread of its own reads what it says and waits for its end; `reason` is why it
    ended, empty while it runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._loop = asyncio.get_running_loop()
        self.pid = process.pid
        self.reason = ""
        self.ended: asyncio.Future[None] = self._loop.create_future()
        Thread(target=self._follow, name="mqtt-broker", daemon=True).start()

    def kill(self) -> None:
        """End the process at once. It has nothing to keep."""
        self._process.kill()

    def _follow(self) -> None:
        last = ""
        with self._process as process:
            assert process.stderr is not None
            while line := process.stderr.readline(4096):
                last = line.strip() or last
        code = process.returncode
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        self.reason = f"The broker ended {how}" + (f": {last}" if last else "")
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self.ended.set_result, None)


def _spawned(host: str, port: int) -> "subprocess.Popen[str]":
    """A process that lives as long as its standard input is open here. In a session of its own, so that Ctrl-C on the
    daemon's terminal lets the daemon say goodbye to it first."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "daemon.mqtt.broker_process", host, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _free_port(host: str, first: int) -> int:
    """The first port from `first` on that nobody listens on. Raises OSError, for a port that may not be used too."""
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen()
                return int(probe.getsockname()[1])
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
    raise OSError(errno.EADDRINUSE, f"This port and the next {PORTS_TRIED - 1} are all taken")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
