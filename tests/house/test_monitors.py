"""docs/monitors.md says everything that is published, and its recipes are of the form their readers expect."""

import json
import re
import tomllib

import pytest

from daemon.mqtt import asyncapi, state_schemas
from daemon.mqtt.messages import CONTEXT
from tests.house.tree import ROOT

PAGE = (ROOT / "docs/monitors.md").read_text(encoding="utf-8")


def row(address: str) -> set[str]:
    """What is marked as literal in the row of a table that begins with this topic."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{address}` |")]
    return set(re.findall("`([^`]+)`", line.partition("|")[2].partition("|")[2]))


def code(language: str) -> list[str]:
    """The page's examples in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("channel", asyncapi.ADDRESSES)
def test_every_verb_is_documented(channel: str) -> None:
    """The row of each kind of topic lists the verbs that are published there, and no others."""
    assert row(asyncapi.ADDRESSES[channel]) == set(asyncapi.verbs_of(asyncapi.events_of(channel)))


def test_every_kind_of_definition_is_documented() -> None:
    """The page lists the kinds that stand in topics of definitions."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith("`{kind}` is")]
    assert set(re.findall("`([a-z]+)`", line)) == set(asyncapi.KINDS)


@pytest.mark.parametrize("state", state_schemas.ADDRESSES)
def test_every_member_of_a_state_is_documented(state: str) -> None:
    """The row of each state lists its members; a run's refers to a workflow's for those they share."""
    members = set(state_schemas.state_schemas()[f"state.{state}"]["properties"])
    listed = row(state_schemas.ADDRESSES[state])
    if state == "run":
        listed |= row(state_schemas.ADDRESSES["workflow"])
    assert not members - listed
    assert not [name for name in state_schemas.state_schemas()["state.node"]["properties"] if f"`{name}`" not in PAGE]


def test_every_member_of_the_context_is_documented() -> None:
    """What is in `data` beside an event's own fields stands on the page."""
    assert not [name for name in CONTEXT if f"`{name}`" not in PAGE]


def test_recipes_can_be_read() -> None:
    """The flow for Node-RED is JSON whose wires lead somewhere, the configuration of Telegraf TOML."""
    flow = json.loads(code("json")[-1])
    known = {part["id"] for part in flow}
    assert all(target in known for part in flow for port in part.get("wires", []) for target in port)
    (telegraf,) = map(tomllib.loads, code("toml"))
    (consumer,) = telegraf["inputs"]["mqtt_consumer"]
    wanted = consumer["json_v2"][0]["object"][0]["included_keys"]
    assert set(wanted) <= set(state_schemas.state_schemas()["state.workflow"]["properties"])
