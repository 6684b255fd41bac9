"""A real Mosquitto that a test stops, kills and starts again on the same port, and the certificates for it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

import pytest

from tests.daemon.mqtt.mosquitto import DEADLINE_SECONDS, program

OPEN = ("allow_anonymous true",)


class RealBroker:
    """Mosquitto with these lines of configuration beside its listener; it runs within the block."""

    def __init__(self, folder: Path, *lines: str, scheme: str = "mqtt") -> None:
        self.port = _free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        user = ["user root"] if os.geteuid() == 0 else []
        kept = ["persistence true", f"persistence_location {folder}/", "autosave_interval 1"]
        self._configuration = folder / "mosquitto.conf"
        # Without a limit, written 0, Mosquitto 2.0.11 hangs up on a message that it refuses.
        queues = ["max_queued_messages 100000", "max_inflight_messages 100", "set_tcp_nodelay true"]
        listener = f"listener {self.port} 127.0.0.1"
        if scheme == "ws":  # it takes an interface then, no address, and does not start without another listener
            listener = f"listener {_free_port()} 127.0.0.1\nlistener {self.port}\nbind_interface lo"
        text = "\n".join([listener, *lines, *kept, *queues, *user])
        self._configuration.write_text(text + "\n", encoding="utf-8")
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end(signal.SIGTERM)

    async def start(self) -> None:
        """Returns when it answers."""
        self._process = await asyncio.create_subprocess_exec(
            program("mosquitto"), "-c", str(self._configuration), stderr=asyncio.subprocess.PIPE
        )
        assert self._process.stderr is not None
        said = b""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while b" running" not in said:
                line = await self._process.stderr.readline()
                assert line, said.decode()
                said += line
        self._reading = asyncio.create_task(self._process.stderr.read())

    async def end(self, number: signal.Signals) -> None:
        """Ends it by a signal, and returns when it is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()
            await self._reading

    def reload(self) -> None:
        """Has it read its lists of users and topics anew."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Certificates:
    """An authority, and certificates by it for a broker on 127.0.0.1 and for a client."""

    def __init__(self, folder: Path) -> None:
        self._openssl = shutil.which("openssl")
        if self._openssl is None:
            missing = "openssl is missing (Debian: apt-get install openssl)"
            if os.environ.get("REGLUE_CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        self._folder = folder
        self.ca = self._made("ca", "-x509", "-addext", "basicConstraints=critical,CA:TRUE")
        for name in ("broker", "client"):
            issued = ("-CA", str(self.ca), "-CAkey", str(self.key(name="ca")), "-addext")
            self._made(name, "-x509", *issued, "subjectAltName=IP:127.0.0.1")

    def certificate(self, name: str) -> Path:
        """The certificate of `broker` or `client`."""
        return self._folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        """Its key."""
        return self._folder / f"{name}.key"

    def _made(self, name: str, *options: str) -> Path:
        assert self._openssl is not None
        command = [self._openssl, "req", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        files = ["-keyout", str(self.key(name)), "-out", str(self.certificate(name))]
        subprocess.run([*command, *files, *options], check=True, capture_output=True)
        return self.certificate(name)
