"""The packets that we make ourselves, held against those of the paho client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from daemon.mqtt.packets import LONGEST_TOPIC, Message, publish_packet, read_puback

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
MESSAGES = st.builds(
    Message,
    TEXTS.filter(bool),
    st.binary(max_size=300) | st.integers(100, 40_000).map(bytes),
    st.booleans(),
    TEXTS,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=8).map(tuple),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=40),
)


def of_paho(message: Message, packet_id: int, version: int) -> bytes:
    """What paho would send."""
    paho = PahoClient(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion(version))
    paho._sock = object()  # type: ignore[assignment]  # it only asks whether there is one
    sent: list[bytes] = []
    paho._packet_queue = lambda command, packet, *_: sent.append(bytes(packet))  # type: ignore[assignment,method-assign]
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if message.content_type:
        properties.ContentType = message.content_type
    if message.expires_in:
        properties.MessageExpiryInterval = message.expires_in
    if message.correlation:
        properties.CorrelationData = message.correlation
    if message.about:
        properties.UserProperty = list(message.about)
    paho._send_publish(packet_id, message.topic.encode(), message.payload, 1, message.retained, False, None, properties)
    paho._sock = None
    return sent[0]


@given(MESSAGES, st.integers(1, 65535), st.sampled_from([4, 5]))
def test_packets_are_those_of_paho(message: Message, packet_id: int, version: int) -> None:
    """Any message has the same bytes; only the order of the properties may be another."""
    ours, theirs = publish_packet(message, packet_id, version), of_paho(message, packet_id, version)
    assert len(ours) == len(theirs)
    assert sorted(ours) == sorted(theirs)
    if version == 4:
        assert ours == theirs


@pytest.mark.parametrize(
    ("body", "read"), [(b"\x01\x02", (258, 0)), (b"\x00\x07\x10", (7, 16)), (b"\0\1\x87\0", (1, 135))]
)
def test_answers_are_read(body: bytes, read: tuple[int, int]) -> None:
    """A PUBACK gives the packet id, and the reason where it has one."""
    assert read_puback(body) == read


def test_a_topic_that_is_too_long() -> None:
    """MQTT has two bytes for a topic's length."""
    with pytest.raises(ValueError, match="MQTT allows 65,535"):
        publish_packet(Message("t" * (LONGEST_TOPIC + 1), b""), 1, 5)
