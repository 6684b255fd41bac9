"""The process of the embedded broker: `python -m daemon.mqtt.broker_process HOST PORT`, started by `broker`.

It is a program of its own because rumqttd, which iotcore wraps, cannot be stopped but by the end of its process, and
because what a subscriber does to the broker must not be done to the daemon. It ends when its standard input does, which
the daemon holds open: no daemon, however it ended, leaves a broker behind.
"""

import logging
import os
import resource
import sys
import tempfile
import threading

from iotcore import IotCoreBroker

LARGEST_PAYLOAD_BYTES = 1024 * 1024
SEGMENT_BYTES = 1024 * 1024
SEGMENTS = 32
MOST_DATA_BYTES = 512 * 1024 * 1024
"""What the process may allocate. The broker keeps a log for every distinct filter that anybody ever subscribed to, of
SEGMENTS segments at most, and frees none: a client that makes up filters would take all memory. Past this limit the
process aborts and is started anew."""

CONFIGURATION = """
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = {SEGMENT_BYTES}
max_segment_count = {SEGMENTS}

[v4.1]
name = "reglue"
listen = "{address}"
next_connection_delay_ms = 1

[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = {LARGEST_PAYLOAD_BYTES}
max_inflight_count = 500
dynamic_filters = true
"""
"""MQTT 3.1.1 only: a publisher that speaks 5 and adds one property makes rumqttd drop every subscriber that speaks
3.1.1. A subscriber that lags by more than SEGMENTS segments loses what it did not read."""


def main(host: str, port: str) -> int:
    """Serve until standard input ends. Exit code 1, with the reason as the last line on standard error, if it cannot
    listen."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA_BYTES, MOST_DATA_BYTES))
    # rumqttd marks its spans as errors: without this every packet is a line.
    logging.basicConfig(level=logging.CRITICAL + 1)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    broker = _configured(address)
    threading.Thread(target=_end_with_the_daemon, daemon=True).start()
    try:
        broker.run_forever()
    except OSError as error:
        _end(1, str(error))
    return 0


def _configured(address: str) -> IotCoreBroker:
    """rumqttd takes its limits from a file alone, and reads it at once."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(CONFIGURATION.format(address=address, **globals()))
        file.flush()
        return IotCoreBroker(config_path=file.name)


def _end_with_the_daemon() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _end(code: int, reason: str) -> None:
    """Without the interpreter's own ending, which waits for threads of the broker."""
    print(reason, file=sys.stderr, flush=True)
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
