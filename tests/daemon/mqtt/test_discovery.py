"""Announcements to Home Assistant: names that fit, one for each workflow, taken back with it."""

import re
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import commands
from daemon.mqtt.broker import EmbeddedBroker
from daemon.mqtt.discovery import STATUS_TOPIC, announcement, announcement_topic, device_id
from daemon.mqtt.positions import Positions
from tests.daemon.engines import RunningEngine
from tests.daemon.mqtt.following import IDENTITY, Monitor, access, following, until

pytestmark = pytest.mark.anyio

TOPIC = "homeassistant/device/reglue_default_W/config"


@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=5, unique=True))
def test_ids_fit_and_differ(names: list[str]) -> None:
    """Any name makes an id of letters, digits, `_` and `-`, and no two names make the same."""
    ids = [device_id("default", name) for name in names]
    assert all(re.fullmatch("[A-Za-z0-9_-]+", one) for one in ids)
    assert len(set(ids)) == len(names)


def test_an_announcement() -> None:
    """One device with three sensors that read the workflow's state, unavailable when the daemon is."""
    made = announcement("default", "W", IDENTITY, ("states/W", "states/daemon"))
    assert announcement_topic("default", "W") == TOPIC
    assert made["device"]["identifiers"] == ["reglue_default_W"]
    assert (made["state_topic"], made["availability_topic"]) == ("states/W", "states/daemon")
    assert {name: sensor["value_template"] for name, sensor in made["components"].items()} == {
        "status": "{{ value_json.outcome }}",
        "failed": "{{ value_json.failed }}",
        "duration": "{{ value_json.duration_s }}",
    }
    assert {sensor["platform"] for sensor in made["components"].values()} == {"sensor"}
    assert len({sensor["unique_id"] for sensor in made["components"].values()}) == 3


async def test_workflows_are_announced(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """With the setting each workflow is announced, again when Home Assistant has started, and taken back when it is
    deleted."""
    way = access(broker.url.replace("mqtt:", "embedded:"))
    async with RunningEngine(tmp_path) as running, Monitor(broker.url, "homeassistant/#") as monitor:
        running.engine.settings = msgspec.structs.replace(running.engine.settings, mqtt_discovery=True)
        await running.define("W", "T1: -> A")
        async with following(running, way) as follower:
            await monitor.until_last(TOPIC, lambda made: made and made["device"]["name"] == "W")
            count = len(monitor.heard)
            parts = broker.url.rpartition(":")
            async with aiomqtt.Client("127.0.0.1", int(parts[2])) as assistant:
                await assistant.publish(STATUS_TOPIC, b"online", qos=1)
            await until(lambda: len([t for t, _ in monitor.heard[count:] if t == TOPIC]) == 1)
            await running.ask(commands.RemoveWorkflow, "W")
            await monitor.until_last(TOPIC, lambda made: made == "cleared")
            assert follower.health["refusals"] == 0


def announced(made: Any) -> bool:
    """Whether the last message is an announcement."""
    return isinstance(made, dict)


def taken_back(made: Any) -> bool:
    """Whether the last message took an announcement back."""
    return bool(made == "cleared")


async def test_announcements_go_with_the_setting(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """A daemon without the setting takes back what one with it had announced."""
    way, positions = access(broker.url.replace("mqtt:", "embedded:")), Positions(None)
    async with RunningEngine(tmp_path) as running, Monitor(broker.url, "homeassistant/#") as monitor:
        await running.define("W", "T1: -> A")
        for is_wanted in (True, False):
            running.engine.settings = msgspec.structs.replace(running.engine.settings, mqtt_discovery=is_wanted)
            async with following(running, way, positions):
                await monitor.until_last(TOPIC, announced if is_wanted else taken_back)
