"""The publisher with a real Mosquitto: killed and started again, refusing, choosy, encrypted."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import pytest

from daemon import commands
from tests.bench.history import record
from tests.bench.workflows import layered
from tests.daemon.engines import RunningEngine
from tests.daemon.mqtt.following import EVENTS, STATES, Monitor, access, following, until
from tests.daemon.mqtt.mosquitto import program
from tests.daemon.mqtt.real_broker import OPEN, Certificates, RealBroker

pytestmark = pytest.mark.anyio

CHAIN = "T1: -> A\nT2: A -> B"
SUBSCRIBES = bytes.fromhex("101000044d51545404020000") + b"\x00\x04slow" + b"\x82\x06\x00\x01\x00\x01#\x01"
"""CONNECT as `slow` without a keep-alive, and SUBSCRIBE to everything at QoS 1."""


def made(folder: Path) -> Path:
    """The folder, which is there."""
    folder.mkdir()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_broker_that_ends_in_mid_stream(tmp_path: Path, number: signal.Signals) -> None:
    """20,000 events to a broker that ends twice on the way. All are delivered; a monitor with a session of its own
    misses none if the broker could write down what it had, and else those alone that the log still has."""
    state, kept = tmp_path / "state", tmp_path / "broker"
    kept.mkdir()
    await asyncio.to_thread(record, state, layered("layers", 30), 20_000 // 90)
    async with RunningEngine(state) as running, RealBroker(kept, *OPEN) as broker:
        head = running.engine.feed.head
        heard: list[int] = []
        session = {"identifier": "monitor", "clean_session": False}
        monitor = Monitor(broker.url, EVENTS, **session)
        await monitor.__aenter__()
        async with following(running, access(broker.url)) as follower:
            for share in (3, 2):
                await until(lambda share=share: follower.place.position > head // share)  # type: ignore[misc]
                await broker.end(number)
                await until(lambda monitor=monitor: monitor.lost)  # type: ignore[misc]
                await monitor.__aexit__()
                heard += monitor.sequences
                await broker.start()
                monitor = Monitor(broker.url, EVENTS, **session)
                await monitor.__aenter__()
            await follower.caught_up()
            assert follower.health["published"] >= head
            everything = set(range(1, head + 1))
            if number == signal.SIGTERM:
                await until(lambda: set(heard + monitor.sequences) >= everything)
            missed = everything - set(heard + monitor.sequences)
            assert {r.position for r in running.engine.feed.page(0, head)} >= missed
        await monitor.__aexit__()


async def test_a_refused_event_is_not_skipped(tmp_path: Path) -> None:
    """What the broker's list does not allow stands in front of everything behind it, is told with topic, sequence and
    reason, and goes on by itself once it is allowed. States go on all the while."""
    rules = tmp_path / "acl"
    rules.write_text(
        "topic read #\ntopic write reglue/v1/default/state/#\ntopic write reglue/v1/default/events/W/-/#\n"
    )
    async with (
        RunningEngine(made(tmp_path / "state")) as running,
        RealBroker(tmp_path, *OPEN, f"acl_file {rules}") as broker,
        Monitor(broker.url, EVENTS, STATES) as monitor,
    ):
        await running.define("W", CHAIN)
        async with following(running, access(broker.url)) as follower:
            health = await follower.until(lambda health: health["state"] == "refused")
            refused = health["last_refusal"]
            assert (refused["topic"], refused["sequence"]) == ("reglue/v1/default/events/-/-/job/A/created", 2)
            assert refused["reason"] == health["reason"] == "Not authorized"
            assert health["position"] == 1
            assert health["protocol"] == "5"
            await monitor.until_last("state/workflow/W", lambda state: state)
            rules.write_text("topic readwrite #\n")
            broker.reload()
            await follower.caught_up()
            assert follower.health["state"] == "connected"
            head = running.engine.feed.head
            await until(lambda: len(set(monitor.sequences)) == head)


async def test_an_event_that_is_too_large(tmp_path: Path) -> None:
    """A broker of MQTT 5 says how much it takes: a larger event is not sent, and told like a refused one."""
    async with (
        RunningEngine(made(tmp_path / "state")) as running,
        RealBroker(tmp_path, *OPEN, "max_packet_size 4000") as broker,
    ):
        await running.ask(commands.DefineWorkflow, "small", {})
        await running.ask(commands.DefineWorkflow, "large", {"Description": "d" * 4000})
        async with following(running, access(broker.url)) as follower:
            health = await follower.until(lambda health: health["state"] == "refused")
            assert health["last_refusal"]["sequence"] == 2
            assert "the broker takes 4,000" in health["reason"]
            assert health["connections"] == 1


async def test_an_event_on_which_the_broker_hangs_up(tmp_path: Path) -> None:
    """An older MQTT has no way to refuse: the event on which each connection ends is found and named, and what stands
    before it is delivered."""
    async with (
        RunningEngine(made(tmp_path / "state")) as running,
        RealBroker(tmp_path, *OPEN, "max_packet_size 4000", scheme="embedded") as broker,
    ):
        await running.ask(commands.DefineWorkflow, "small", {})
        await running.ask(commands.DefineWorkflow, "large", {"Description": "d" * 4000})
        async with following(running, access(broker.url)) as follower:
            health = await follower.until(lambda health: health["last_refusal"])
            assert health["last_refusal"]["sequence"] == 2
            assert "The connection ended on an event of" in health["last_refusal"]["reason"]
            assert health["position"] == 1


async def test_a_wrong_password(tmp_path: Path) -> None:
    """The broker's refusal is told without the password; the file is read anew, so the right one in it is enough."""
    users, password = tmp_path / "users", tmp_path / "password"
    command = (program("mosquitto_passwd"), "-b", "-c", str(users), "reglue", "right")
    assert await (await asyncio.create_subprocess_exec(*command)).wait() == 0
    password.write_text("wrong-one\n")
    async with (
        RunningEngine(made(tmp_path / "state")) as running,
        RealBroker(tmp_path, f"password_file {users}") as broker,
    ):
        await running.define("W", CHAIN)
        way = access(broker.url, mqtt_user="reglue", mqtt_password_file=password)
        async with following(running, way) as follower:
            health = await follower.until(lambda health: health["state"] == "unavailable")
            assert "Not authorized" in health["reason"]
            assert "wrong-one" not in json.dumps(health)
            password.write_text("right\n")
            await follower.caught_up()


async def test_certificates(tmp_path: Path) -> None:
    """By TLS with an authority of one's own and a certificate for the client; without either there is no way in."""
    certificates = Certificates(tmp_path)
    lines = [
        f"cafile {certificates.ca}",
        f"certfile {certificates.certificate('broker')}",
        f"keyfile {certificates.key('broker')}",
        "require_certificate true",
    ]
    ours = {"mqtt_cert": certificates.certificate("client"), "mqtt_key": certificates.key("client")}
    async with (
        RunningEngine(made(tmp_path / "state")) as running,
        RealBroker(tmp_path, *OPEN, *lines, scheme="mqtts") as broker,
    ):
        await running.define("W", CHAIN)
        for way in (access(broker.url, **ours), access(broker.url, mqtt_ca=certificates.ca)):
            async with following(running, way) as follower:
                health = await follower.until(lambda health: health["state"] == "unavailable")
                assert health["connections"] == 0
        async with following(running, access(broker.url, mqtt_ca=certificates.ca, **ours)) as follower:
            await follower.caught_up()


async def test_websockets(tmp_path: Path) -> None:
    """MQTT 5 over a websocket."""
    async with (
        RunningEngine(made(tmp_path / "state")) as running,
        RealBroker(tmp_path, *OPEN, "protocol websockets", scheme="ws") as broker,
    ):
        await running.define("W", CHAIN)
        async with following(running, access(broker.url)) as follower:
            await follower.caught_up()


async def test_a_stalled_subscriber_stalls_nothing(tmp_path: Path) -> None:
    """A monitor that reads nothing any more keeps neither the publisher nor other monitors."""
    state = tmp_path / "state"
    await asyncio.to_thread(record, state, layered("layers", 30), 50)
    async with RunningEngine(state) as running, RealBroker(tmp_path, *OPEN) as broker:
        with socket.create_connection(("127.0.0.1", broker.port)) as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.sendall(SUBSCRIBES)
            async with Monitor(broker.url, EVENTS) as monitor, following(running, access(broker.url)) as follower:
                await follower.caught_up()
                await until(lambda: len(set(monitor.sequences)) == running.engine.feed.head)


async def test_what_readers_of_mqtt_5_find_beside_the_payload(tmp_path: Path) -> None:
    """Content type, an expiry, and the attributes of the event as user properties."""
    async with RunningEngine(made(tmp_path / "state")) as running, RealBroker(tmp_path, *OPEN) as broker:
        command = (
            program("mosquitto_sub"),
            "-p",
            str(broker.port),
            "-V",
            "5",
            "-C",
            "1",
            "-t",
            EVENTS,
            "-F",
            "%C %E %P",
        )
        monitor = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        await _subscribed(broker, running)
        async with following(running, access(broker.url)) as follower:
            await follower.caught_up()
            async with asyncio.timeout(30):
                said, _ = await monitor.communicate()
    shown = said.decode()
    assert shown.startswith("application/cloudevents+json; charset=utf-8 864")  # a day, less what has passed of it
    assert "type:reglue.workflow.defined" in shown
    assert "sequence:1" in shown


async def _subscribed(broker: RealBroker, running: RunningEngine) -> None:
    """Waits until somebody has subscribed, told by the broker's own count, and then begins a log."""
    async with Monitor(broker.url, "$SYS/broker/subscriptions/count") as counts:
        await until(lambda: any(int(payload) > 1 for _, payload in counts.heard))
    await running.define("W", CHAIN)
