"""The Mosquitto of `deploy/`: the daemon writes, monitors read, and nobody else does anything."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError

from daemon.mqtt.messages import MOST_BYTES
from tests.daemon.mqtt.mosquitto import DEADLINE_SECONDS, PASSWORD, client, mosquitto

pytestmark = pytest.mark.anyio
EVENT = "reglue/v1/default/events/W1/-/workflow/W1/created"
COMMAND = "reglue/v1/default/cmd/start"


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """The port of a broker that is set up as `deploy/` says."""
    async with mosquitto(tmp_path) as port:
        yield port


async def received(client: aiomqtt.Client) -> bytes:
    """The next message that a subscriber gets."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        payload = (await anext(client.messages)).payload
    assert isinstance(payload, bytes)
    return payload


async def test_monitors_read_what_the_daemon_writes(port: int) -> None:
    """A monitor gets the daemon's events, up to the largest that there are, and retained states when it comes late."""
    largest = bytes(MOST_BYTES + 1024)
    async with client(port, "reglue") as daemon:
        await daemon.publish("reglue/v1/default/state/head", b"{}", qos=1, retain=True)
        async with client(port, "monitor") as monitor:
            await monitor.subscribe("reglue/#", qos=1)
            assert await received(monitor) == b"{}"
            await daemon.publish(EVENT, largest, qos=1)
            assert await received(monitor) == largest


@pytest.mark.parametrize("user", ["monitor", "operator"])
async def test_only_the_daemon_writes_events(port: int, user: str) -> None:
    """What anybody else publishes as an event reaches nobody."""
    async with client(port, "reglue") as daemon, client(port, user) as other, client(port, "monitor") as monitor:
        await monitor.subscribe("#", qos=1)
        await other.publish(EVENT, b"forged", qos=1)
        await daemon.publish(EVENT, b"true", qos=1)
        assert await received(monitor) == b"true"


async def test_operators_send_commands_and_monitors_do_not(port: int) -> None:
    """Of two commands that the daemon listens for, it gets the operator's."""
    monitor, operator = client(port, "monitor"), client(port, "operator")
    async with client(port, "reglue") as daemon, monitor, operator:
        await daemon.subscribe("reglue/v1/default/cmd/#", qos=1)
        await monitor.publish(COMMAND, b"monitor's", qos=1)
        await operator.publish(COMMAND, b"operator's", qos=1)
        assert await received(daemon) == b"operator's"


@pytest.mark.parametrize(("user", "password"), [("monitor", "wrong"), ("nobody", "secret"), (None, None)])
async def test_nobody_comes_in_without_a_password(port: int, user: str | None, password: str | None) -> None:
    """A wrong password, an unknown user and nobody at all are refused."""
    stranger = aiomqtt.Client("127.0.0.1", port, username=user, password=password)
    with pytest.raises(MqttConnectError, match="Not authorized"):
        async with stranger:
            pass


async def test_a_monitor_that_is_away_misses_nothing(port: int) -> None:
    """With a session of its own a monitor gets what was published while it was away."""
    async with lasting(port) as monitor:
        await monitor.subscribe("reglue/#", qos=1)
    async with client(port, "reglue") as daemon:
        for number in range(1_000):
            await daemon.publish(EVENT, b"%d" % number, qos=1)
    async with lasting(port) as monitor:
        assert [await received(monitor) for _ in range(1_000)] == [b"%d" % number for number in range(1_000)]


def lasting(port: int) -> aiomqtt.Client:
    """A monitor whose session the broker keeps while it is away."""
    return aiomqtt.Client(
        "127.0.0.1", port, identifier="dashboard", clean_session=False, username="monitor", password=PASSWORD
    )
