"""The contract with monitors: what is published is what the document says, and tools can read the document."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from daemon.mqtt.asyncapi import channel_of, document
from daemon.mqtt.messages import MOST_BYTES, About, Origin, cloud_event, encoded
from daemon.mqtt.schemas import schema_name
from daemon.mqtt.topics import VERBS, event_topic
from events.catalogue import decode
from events.crawlers import CrawlRequested
from events.data_catalog import PartitionsAdded
from events.design import Event
from events.notifications import BatchFired
from events.runs import JobRunRequested
from events.vocabulary import CatalogPartition
from tests.daemon.mqtt.contract import channels_of, faults, published
from tests.house.tree import ROOT
from tests.recorded.samples import Sample, samples

ORIGIN = Origin("default", "0123456789abcdef")
RUN = "wr_" + "5" * 64
STREAMS = {
    "runs": RUN,
    "nodes": RUN,
    "triggers": RUN,
    "inboxes": "inbox:W1",
    "seals": "seal",
    "definitions": "table:db/t",
}
PARSER = ROOT / ".tools" / "node_modules" / "@asyncapi" / "parser"
CHECK = """
import { Parser } from '@asyncapi/parser';
import { readFileSync } from 'node:fs';
const { document, diagnostics } = await new Parser().parse(readFileSync(0, 'utf8'));
const faults = diagnostics.filter(({ severity }) => severity < 2);
for (const { path, message } of faults) console.log(path.join('/'), message);
process.exit(document ? 0 : 1);
"""


class Recorded(NamedTuple):
    """An event as the log holds it."""

    position: int
    stream: str
    version: int
    event: Event


def recorded(event: Event, position: int = 7) -> Recorded:
    """The event in a stream that could hold it."""
    stream = STREAMS[channel_of(type(event))]
    if isinstance(event, CrawlRequested):
        stream = "crawl:0190d3a5-0000-7000-8000-000000000001"
    if isinstance(event, JobRunRequested):
        stream = "jr_" + "5" * 64
    return Recorded(position, stream, 1, event)


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_every_stored_event_is_as_the_contract_says(sample: Sample) -> None:
    """Each event that was ever stored is a CloudEvent and fits its schema, with nothing that is not listed."""
    about = About("W1")
    payload = encoded(cloud_event(recorded(decode(sample.name, sample.body)), ORIGIN, about))
    assert faults(payload) == []


@pytest.mark.parametrize("event", VERBS, ids=lambda event: event.__name__)
def test_every_event_has_a_message_on_one_channel(event: type[Event]) -> None:
    """The channel that an event is published on lists its message, and no other does."""
    name = schema_name(event)
    listed = [channel for channel, shown in published()["channels"].items() if name in shown["messages"]]
    assert listed == [channel_of(event)]


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_topics_fit_their_channel(sample: Sample) -> None:
    """The topic of each event has the form of the channel that lists it, verb included, and of no other."""
    event = decode(sample.name, sample.body)
    topic = event_topic("default", recorded(event).stream, event, "W1")
    assert channels_of(topic) == [channel_of(type(event))]


def test_what_the_contract_does_not_list_is_found() -> None:
    """The check that these tests rest on sees a member too many, one too few, and one of the wrong type."""
    good = cloud_event(recorded(BatchFired(1, "daemon", RUN, 3)), ORIGIN, About("W1"))
    assert faults(orjson.dumps(good)) == []
    for data in (good["data"] | {"more": 1}, good["data"] | {"count": "3"}, {"workflow": "W1"}):
        assert faults(orjson.dumps(good | {"data": data}))


def test_an_event_that_is_cut_is_as_the_contract_says() -> None:
    """An event too large for brokers loses its own fields, says where they are, and names another schema."""
    partition = CatalogPartition(("x" * MOST_BYTES,), "/lake")
    payload = encoded(cloud_event(recorded(PartitionsAdded(1, "executor", (partition,))), ORIGIN, About()))
    event = orjson.loads(payload)
    assert faults(payload) == []
    assert (event["dataref"], "partitions" in event["data"]) == ("/v1/events?after=6&limit=1", False)
    assert event["dataschema"].endswith("/event.cut")


def test_the_broker_is_named_without_its_password() -> None:
    """The document says where the broker is, and no more of its URL than everybody may know."""
    servers = document("default", "mqtts://user:secret@broker.example:8883")["servers"]
    assert servers == {"broker": {"host": "broker.example:8883", "protocol": "mqtts"}}
    assert "servers" not in document("default")


def test_tools_read_the_document() -> None:
    """AsyncAPI's own parser finds nothing wrong in the document."""
    node = shutil.which("node")
    if node is None or not PARSER.is_dir():
        missing = "AsyncAPI's parser is missing: npm install --prefix .tools @asyncapi/parser (needs node)"
        if os.environ.get("REGLUE_CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    text = orjson.dumps(document("default", "mqtt://127.0.0.1:1883"))
    # Node looks for packages from the folder of the program on; one on standard input has the working directory's.
    found = _parsed(node, PARSER.parents[2], text)
    assert (found.returncode, found.stdout) == (0, b""), found.stderr.decode()


def _parsed(node: str, folder: Path, text: bytes) -> "subprocess.CompletedProcess[bytes]":
    command = [node, "--input-type=module", "--eval", CHECK]
    return subprocess.run(command, cwd=folder, input=text, capture_output=True, timeout=60, check=False)
