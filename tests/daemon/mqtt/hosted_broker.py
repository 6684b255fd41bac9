"""A program that hosts an embedded broker on a free port until it is killed, and says where it answers."""

import asyncio

from daemon.mqtt.broker import EmbeddedBroker


async def host() -> None:
    """Start a broker, print its URL and the id of its process, and stay."""
    broker = EmbeddedBroker("127.0.0.1", 0)
    print(await broker.start(), broker.health()["pid"], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(host())
