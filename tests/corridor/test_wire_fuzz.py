"""Whatever is sent: no answer of the 500s, no traceback, and a refused request leaves the log as it was."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corridor.daemons import Daemon
from tests.corridor.requests_of_model import CHANGE_NOTHING, PLACEHOLDERS, TARGETS, broken, requests
from tests.corridor.waiting import until
from tests.corridor.workshop import conditional
from tests.daemon.api.clients import Answer

EXAMPLES = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
WALKS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

PAIRS = {"EventBatchingCondition": {"BatchSize": 2, "BatchWindow": 900}}


def assert_sound(daemon: Daemon, answer: Answer, before: int) -> None:
    """Checks one answer: success or a refusal in AWS's form, and a refusal has changed nothing."""
    assert answer.status < 500, answer
    if answer.status != 200:
        error = answer.document
        assert error["__type"].endswith("Exception")
        assert error["Message"]
        assert b"Traceback" not in answer.body
        assert settled(daemon) == before, answer
    assert "Traceback" not in daemon.text


def settled(daemon: Daemon) -> int:
    """The log's position once no run is under way any more, so that only requests can move it."""
    until(lambda: daemon.get("/healthz")["active_runs"], lambda count: count == 0)
    return daemon.position()


def furnished(daemon: Daemon) -> dict[str, str]:
    """Sees to it that there are a workflow, its triggers and jobs, a run, and a workflow that waits for events; answers
    what the placeholders stand for. Earlier requests may have changed or deleted any of it."""
    command = {"Name": "shell", "ScriptLocation": "/none"}
    made: list[tuple[str, dict[str, Any]]] = [
        ("CreateWorkflow", {"Name": "a"}),
        ("CreateJob", {"Name": "a", "Role": "r", "Command": command}),
        ("CreateJob", {"Name": "b", "Role": "r", "Command": command, "DefaultArguments": {"--outcome": "FAILED"}}),
        ("CreateTrigger", {"Name": "a", "WorkflowName": "a", "Type": "ON_DEMAND", "Actions": [{"JobName": "a"}]}),
        ("CreateTrigger", conditional("b", "a", {"a": "SUCCEEDED"}, "b")),
        ("CreateWorkflow", {"Name": "b"}),
        ("CreateTrigger", {"Name": "c", "WorkflowName": "b", "Type": "EVENT", "Actions": [{"JobName": "a"}], **PAIRS}),
        ("StartWorkflowRun", {"Name": "a"}),
    ]
    for operation, members in made:
        assert send(daemon, f"AWSGlue.{operation}", members, {}).status < 500
    settled(daemon)
    newest = {"Name": "a", "IncludeGraph": True, "MaxResults": 1}
    runs = send(daemon, "AWSGlue.GetWorkflowRuns", newest, {}).document["Runs"]
    nodes = [node for run in runs for node in run["Graph"]["Nodes"] if node.get("JobDetails")]
    ids = [run["WorkflowRunId"] for run in runs]
    ids += [attempt["Id"] for node in nodes for attempt in node["JobDetails"]["JobRuns"]][:1] or ["none"]
    ids += [node["UniqueId"] for node in nodes][:1] or ["none"]
    return dict(zip(PLACEHOLDERS, ids, strict=True))


def send(daemon: Daemon, target: str, members: Any, ids: dict[str, str]) -> Answer:
    """One request with these members, the placeholders in it replaced."""
    body = json.dumps(members)
    for placeholder, known in ids.items():
        body = body.replace(placeholder, known)
    return post(daemon, target, body.encode())


def post(daemon: Daemon, target: str, body: bytes) -> Answer:
    """One request with a body as it is."""
    return daemon.ask("POST", "/", body, {"X-Amz-Target": target})


@pytest.mark.parametrize("target", TARGETS)
@EXAMPLES
@given(data=st.data())
def test_requests_of_the_model(noop: Daemon, target: str, data: st.DataObject) -> None:
    """A request as the model has it is carried out, or refused for a reason; a read changes nothing."""
    request = data.draw(requests(target))
    ids = furnished(noop)
    before = settled(noop)
    answer = send(noop, target, request, ids)
    assert_sound(noop, answer, before)
    assert target not in CHANGE_NOTHING or settled(noop) == before


@pytest.mark.parametrize("target", TARGETS)
@EXAMPLES
@given(data=st.data())
def test_broken_requests(noop: Daemon, target: str, data: st.DataObject) -> None:
    """A request with something wrong in it is refused, or was not that wrong."""
    request = data.draw(broken(target))
    before = settled(noop)
    assert_sound(noop, send(noop, target, request, {}), before)


@WALKS
@given(steps=st.lists(st.sampled_from(TARGETS), min_size=5, max_size=15), data=st.data())
def test_walks(noop: Daemon, steps: list[str], data: st.DataObject) -> None:
    """Requests one after another, on what those before have defined, are no different."""
    walk = [(target, data.draw(requests(target))) for target in steps]
    ids = furnished(noop)
    for target, request in walk:
        before = settled(noop)
        assert_sound(noop, send(noop, target, request, ids), before)


@EXAMPLES
@given(body=st.binary(max_size=200), target=st.sampled_from(TARGETS))
def test_bodies_of_any_bytes(noop: Daemon, body: bytes, target: str) -> None:
    """Bytes are no request, unless they happen to be one."""
    before = settled(noop)
    assert_sound(noop, post(noop, target, body), before)
