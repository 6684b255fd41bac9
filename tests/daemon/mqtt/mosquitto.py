"""A real Mosquitto with the configuration of `deploy/`, on loopback, for as long as a block."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from tests.house.tree import ROOT

DEADLINE_SECONDS = 30.0
USERS = ("reglue", "monitor", "operator")
PASSWORD = "secret"
PASSWORDS = "/etc/mosquitto/reglue.passwd"


def program(name: str) -> str:
    """Where one of Mosquitto's programs is; skips the test where there is none."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        missing = f"{name} is missing (Debian: apt-get install mosquitto mosquitto-clients)"
        if os.environ.get("REGLUE_CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def configured(folder: Path, port: int) -> Path:
    """The configuration as it is delivered, but for the port and where its files are."""
    passwords, access = folder / "passwd", folder / "acl"
    for user in USERS:
        options = ["-b"] if passwords.exists() else ["-b", "-c"]
        subprocess.run([program("mosquitto_passwd"), *options, str(passwords), user, PASSWORD], check=True)
    access.write_text((ROOT / "deploy/mosquitto.acl").read_text(encoding="utf-8"), encoding="utf-8")
    text = (ROOT / "deploy/mosquitto.conf").read_text(encoding="utf-8").replace("## persist", "persist")
    for place, ours in (("/var/lib/mosquitto", folder), ("/etc/mosquitto/reglue.acl", access), (PASSWORDS, passwords)):
        text = text.replace(place, str(ours))
    # As root it would become another user, who may not read the test's files.
    text += "user root\n" if os.geteuid() == 0 else ""
    path = folder / "mosquitto.conf"
    path.write_text(text.replace("listener 1883", f"listener {port}", 1), encoding="utf-8")
    return path


@contextlib.asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[int]:
    """The broker; answers its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    configuration = configured(folder, port)
    broker = await asyncio.create_subprocess_exec(
        program("mosquitto"), "-c", str(configuration), stderr=asyncio.subprocess.PIPE
    )
    try:
        assert broker.stderr is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            async for line in broker.stderr:
                if b"running" in line:
                    break
        yield port
    finally:
        broker.terminate()
        await broker.communicate()


def client(port: int, user: str, password: str = PASSWORD) -> aiomqtt.Client:
    """A client as one of the users."""
    return aiomqtt.Client("127.0.0.1", port, username=user, password=password, protocol=aiomqtt.ProtocolVersion.V5)
