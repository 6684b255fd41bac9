"""The monitor in docs/monitors.md, word for word, against a broker and a daemon."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt
import pytest

from daemon.mqtt.broker import EmbeddedBroker
from tests.daemon.api.clients import Served
from tests.daemon.api.serving import serving
from tests.house.tree import ROOT

pytestmark = pytest.mark.anyio
TOPIC = "reglue/v1/default/events/W/-/workflow/W/changed"
DEADLINE_SECONDS = 60.0


@contextlib.asynccontextmanager
async def running(program: str) -> AsyncIterator[asyncio.StreamReader]:
    """What a program prints, for as long as the block."""
    monitor = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert monitor.stdout is not None
    try:
        yield monitor.stdout
    finally:
        monitor.kill()
        await monitor.wait()


def recipe(daemon: str, port: int) -> str:
    """The program on the page, with the addresses of this test."""
    page = (ROOT / "docs/monitors.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert ("http://127.0.0.1:8484" in program, "1883" in program) == (True, True)
    text: str = program.replace("http://127.0.0.1:8484", daemon).replace("1883", str(port))
    return text


async def test_the_monitor_fills_gaps_and_drops_repetitions(tmp_path: Path) -> None:
    """Whatever a broker loses or repeats, the monitor shows every event once, in order."""
    broker = EmbeddedBroker("127.0.0.1", 0)
    port = urlsplit(await broker.start()).port
    assert port is not None
    with serving(tmp_path / "state") as daemon:
        events = defined(daemon, 12)
        async with running(recipe(daemon.url, port)) as shown, aiomqtt.Client("127.0.0.1", port) as publisher:
            await until_subscribed(publisher, shown, events[0])
            for number in (2, 3, 2, 3, 7, 6, 12):
                await publisher.publish(TOPIC, json.dumps(events[number - 1]), qos=1)
            async with asyncio.timeout(DEADLINE_SECONDS):
                assert [(await shown.readline()).split()[1] for _ in range(11)] == [b"%d" % n for n in range(2, 13)]
    await broker.stop()


def defined(daemon: Served, count: int) -> list[dict[str, str]]:
    """The first events of a daemon's log."""
    daemon.glue.create_workflow(Name="W")
    for number in range(count - 1):
        daemon.glue.update_workflow(Name="W", Description=str(number))
    found: list[dict[str, str]] = daemon.get("/v1/events")["events"]
    assert len(found) == count
    return found


async def until_subscribed(publisher: aiomqtt.Client, shown: asyncio.StreamReader, event: dict[str, str]) -> None:
    """Publish one event until the monitor shows it; what comes twice it drops."""
    reading = asyncio.ensure_future(shown.readline())
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not reading.done():
            await publisher.publish(TOPIC, json.dumps(event), qos=1)
            await asyncio.wait({reading}, timeout=0.1)
    assert reading.result().split()[1] == b"1"
