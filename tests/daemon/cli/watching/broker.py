"""A real broker in a process of its own, on a free loopback port, in either version of MQTT."""

import contextlib
import logging
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

import aiomqtt
from iotcore import IotCoreBroker

from daemon.cli.watching.fold import Message
from tests.corridor.waiting import DEADLINE_SECONDS, until

CONFIGURATION = """
id = 0
[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 8
[v{version}.1]
name = "test"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 500
dynamic_filters = true
"""


class Broker:
    """A broker that answers. `kill` ends it; `start` starts it again on the same port, with nothing retained."""

    def __init__(self, version: int = 4) -> None:
        self._version = version
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        command = [sys.executable, "-m", __name__, str(self._version), str(self.port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
        until(self._answers, bool)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.communicate()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), DEADLINE_SECONDS):
            return True
        return False


@contextlib.contextmanager
def running(version: int = 4) -> Iterator[Broker]:
    """A broker that ends with the block."""
    broker = Broker(version)
    try:
        yield broker
    finally:
        broker.kill()


async def publish(broker: Broker, messages: Sequence[Message]) -> None:
    """Publish as the daemon does: QoS 1, states retained."""
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for message in messages:
            await client.publish(message.topic, message.payload, 1, retain="/state/" in message.topic)


def main(version: str, port: str) -> None:
    """Serve until killed."""
    logging.basicConfig(level=logging.CRITICAL + 1)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(CONFIGURATION.format(version=version, port=port))
        file.flush()
        broker = IotCoreBroker(config_path=file.name)
    broker.run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
