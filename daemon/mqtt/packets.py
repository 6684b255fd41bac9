"""The two packets that the busiest path is made of, in their bytes: PUBLISH at QoS 1, and its PUBACK. Pure.

paho's own way to publish costs more than all the rest of it: an object with a lock for each message, a set of
properties for each answer, a system call for each packet. So a connection makes these two itself and leaves everything
else to paho.
"""

from functools import lru_cache
from typing import NamedTuple

PUBLISH_AT_LEAST_ONCE, RETAIN = 0x32, 0x01
_CONTENT_TYPE, _EXPIRY, _CORRELATION, _USER_PROPERTY = b"\x03", b"\x02", b"\x09", b"\x26"
LONGEST_TOPIC = 0xFFFF


class Message(NamedTuple):
    """What is published, at least once. `about` is for readers of MQTT 5: user properties, shown beside the payload;
    `expires_in` are seconds, 0 for ever; `correlation` is what an answer is known by to who asked."""

    topic: str
    payload: bytes
    retained: bool = False
    content_type: str = ""
    about: tuple[tuple[str, str], ...] = ()
    expires_in: int = 0
    correlation: bytes = b""


def publish_packet(message: Message, packet_id: int, version: int) -> bytes:
    """The PUBLISH of a message, for MQTT 5 or 3.1.1 (`version` 4). Raises ValueError for a topic that is too long."""
    topic = message.topic.encode()
    if len(topic) > LONGEST_TOPIC:
        raise ValueError(f"The topic has {len(topic):,} bytes; MQTT allows {LONGEST_TOPIC:,}")
    properties = _properties(message) if version == 5 else b""
    rest = len(topic) + 4 + len(properties) + len(message.payload)
    return b"".join(
        (
            bytes((PUBLISH_AT_LEAST_ONCE | message.retained,)),
            _length(rest),
            len(topic).to_bytes(2, "big"),
            topic,
            packet_id.to_bytes(2, "big"),
            properties,
            message.payload,
        )
    )


def read_puback(body: bytes | bytearray) -> tuple[int, int]:
    """Packet id and reason code out of a PUBACK's body, which leaves a reason of 0 out."""
    return int.from_bytes(body[:2], "big"), body[2] if len(body) > 2 else 0


def _properties(message: Message) -> bytes:
    parts: list[bytes] = []
    if message.content_type:
        parts += _CONTENT_TYPE, _known(message.content_type)
    if message.expires_in:
        parts += _EXPIRY, message.expires_in.to_bytes(4, "big")
    if message.correlation:
        parts += _CORRELATION, len(message.correlation).to_bytes(2, "big"), message.correlation
    for name, value in message.about:
        parts += _USER_PROPERTY, _known(name), _text(value)
    content = b"".join(parts)
    return _length(len(content)) + content


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


_known = lru_cache(maxsize=64)(_text)
"""For the few texts that are the same in every message."""


def _length(value: int) -> bytes:
    """A number as MQTT writes lengths: seven bits a byte, the lowest first."""
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)
