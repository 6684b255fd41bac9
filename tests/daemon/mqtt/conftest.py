"""What tests of monitors have at hand: the broker that comes with the daemon."""

from collections.abc import AsyncIterator

import pytest

from daemon.mqtt.broker import EmbeddedBroker


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A broker of its own."""
    broker = EmbeddedBroker("127.0.0.1", 0)
    await broker.start()
    yield broker
    await broker.stop()
