"""Which MQTT topics an EVENT trigger takes its events from: those of the filter in its tag `reglue:mqtt-topic`.

A tag, because triggers are Glue's and have no member for it, while every client of Glue's can tag. A filter begins with
a name, so that nobody hears the daemon's own events by `#`; below `reglue` it names events or states on purpose.
"""

from typing import NamedTuple

from projections.batching import batching_of
from projections.designs import Designs

TAG = "reglue:mqtt-topic"
_OWN = "reglue"
_OWN_KINDS = ("events", "state")


class TopicSource(NamedTuple):
    """Messages on topics of the filter are events for the workflow."""

    filter: str
    workflow: str


def sources_of(designs: Designs) -> list[TopicSource]:
    """The sources of all EVENT triggers that start a workflow."""
    found = []
    for definition in designs.all("trigger"):
        wanted = definition.tags.get(TAG)
        if wanted is None or definition.trigger is None or fault_of(wanted):
            continue
        workflow = definition.trigger.workflow_name
        batching = batching_of(designs, workflow) if workflow else None
        if batching is not None and batching.trigger == definition.name:
            found.append(TopicSource(wanted, workflow))
    return found


def subscriptions(sources: list[TopicSource]) -> set[str]:
    """The filters to subscribe to: those that no other one covers, for brokers may deliver a message once for each
    subscription that it fits."""
    filters = {source.filter for source in sources}
    return {one for one in filters if not any(other != one and covers(other, one) for other in filters)}


def covers(wanted: str, topic: str) -> bool:
    """Whether a filter takes a topic, or all that another filter takes."""
    levels = topic.split("/")
    parts = wanted.split("/")
    for at, part in enumerate(parts):
        if part == "#":
            return True
        if at >= len(levels) or levels[at] == "#" or part not in ("+", levels[at]):
            return False
    return len(parts) == len(levels)


def fault_of(wanted: str) -> str:
    """Why this is no filter that a trigger may have; empty if it is one."""
    parts = wanted.split("/")
    if not wanted or "\x00" in wanted:
        return "it must be an MQTT topic filter, such as sensors/+/door"
    if any(("#" in part or "+" in part) and len(part) > 1 for part in parts) or "#" in parts[:-1]:
        return "+ and # stand for whole levels, and # for the last ones only"
    if parts[0] in ("+", "#") or parts[0].startswith("$"):
        return "it must begin with a name: with a wildcard it would take the daemon's own messages too"
    if parts[0] == _OWN and (parts[1:2] != ["v1"] or len(parts) < 4 or parts[3] not in _OWN_KINDS):
        return "below reglue it must name the events or states it means, such as reglue/v1/default/events/W1/#"
    return ""
