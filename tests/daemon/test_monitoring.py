"""What serves monitors over the daemon's life, where something is missing."""

import asyncio
from pathlib import Path

import pytest

from daemon import monitoring as monitoring_module
from daemon.api.app import build_app
from daemon.monitoring import Monitoring
from daemon.mqtt.broker import BrokerMissing, EmbeddedBroker
from daemon.mqtt.positions import POSITIONS_FILE
from daemon.settings import Settings
from tests.daemon.engines import RunningEngine, taken_turns

pytestmark = pytest.mark.anyio


class NoBroker(EmbeddedBroker):
    """A broker whose package is not installed."""

    async def start(self) -> str:
        raise BrokerMissing("pip install 'reglue[broker]'")


async def test_a_broker_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon goes on without monitors, and says what to install."""
    monkeypatch.setattr(monitoring_module, "EmbeddedBroker", NoBroker)
    async with RunningEngine(tmp_path) as running:
        monitoring = Monitoring(Settings(state_dir=tmp_path), "http://127.0.0.1:8484")
        monitoring.attach(running.engine, build_app(running.engine).doors)
        async with asyncio.timeout(30):
            await asyncio.gather(*monitoring._starting)
        await taken_turns()
        health = running.engine.health()["mqtt"]
        assert health["state"] == "missing"
        assert health["reason"] == "pip install 'reglue[broker]'"
        assert running.engine.health()["status"] == "ready"
        await running.define("W", "T1: -> A")
        await monitoring.close()


async def test_nothing_is_published_where_it_is_off(tmp_path: Path) -> None:
    """No task, no file, and the health says so."""
    async with RunningEngine(tmp_path) as running:
        monitoring = Monitoring(Settings(state_dir=tmp_path, mqtt="off"), "http://127.0.0.1:8484")
        monitoring.attach(running.engine, build_app(running.engine).doors)
        assert running.engine.health()["mqtt"] == {"state": "off"}
        await monitoring.close()
    assert not (tmp_path / POSITIONS_FILE).exists()  # everything has come to its end
