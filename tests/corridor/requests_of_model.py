"""Requests for the operations that are served, made from botocore's models of their services: valid ones, and broken
ones. An operation is named as on the wire, by its target (`AWSGlue.CreateJob`)."""

import json
import string
from collections.abc import Iterable
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from hypothesis import strategies as st

from daemon.api.actions.event_table import EVENT_READS, EVENT_WRITES
from daemon.api.actions.log_events import LogActions
from daemon.api.actions.table import READS, WRITES
from daemon.api.log_streams import GROUPS

_SESSION = botocore.session.Session()


def _operations(prefix: str, service: str, names: Iterable[str]) -> dict[str, OperationModel]:
    model = _SESSION.get_service_model(service)
    return {f"{prefix}.{name}": model.operation_model(name) for name in sorted(names)}


_GLUE_READS = _operations("AWSGlue", "glue", READS)
_EVENT_READS = _operations("AWSEvents", "events", EVENT_READS)
_LOG_READS = _operations("Logs_20140328", "logs", LogActions().reads())
NOTIFY_EVENT = "AWSGlue.NotifyEvent"
"""Served, but in no model: its members are described here."""

OPERATIONS: dict[str, OperationModel] = {
    **_GLUE_READS,
    **_operations("AWSGlue", "glue", WRITES),
    **_EVENT_READS,
    **_operations("AWSEvents", "events", EVENT_WRITES),
    **_LOG_READS,
}
TARGETS = (*OPERATIONS, NOTIFY_EVENT)
CHANGE_NOTHING = frozenset({*_GLUE_READS, *_EVENT_READS, *_LOG_READS})
NAMES = st.sampled_from(["a", "a", "a", "b", "c"])
"""Few, so that requests meet what others have defined."""

PLACEHOLDERS = ("<run>", "<job run>", "<node>")
"""Ids that only the daemon knows: whoever sends a request puts them in."""

_MOST_ENTRIES = 2
_DEEPEST = 3
_ENDLESS = {"CodeGenConfigurationNodes"}
"""A job's drawing in Glue's visual editor: a shape of thousands of members that holds itself."""

_WHOLE = st.integers(-2, 12) | st.integers()
_TEXT = st.text(max_size=20)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | _WHOLE | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_IDS = st.sampled_from(["<run>", "<run>", "<job run>", "<job run>", "wr_" + "0" * 64, "none"])
_RESOURCES = NAMES.flatmap(
    lambda name: st.sampled_from([f"arn:aws:glue:us-east-1::{kind}/{name}" for kind in ("workflow", "job", "trigger")])
)
_CONDITIONS = st.lists(
    st.fixed_dictionaries(
        {"LogicalOperator": st.just("EQUALS"), "JobName": NAMES, "State": st.sampled_from(["SUCCEEDED", "FAILED"])}
    ),
    max_size=_MOST_ENTRIES,
)
_DETAILS = st.dictionaries(_TEXT, st.none() | st.booleans() | _WHOLE | _TEXT, max_size=2).map(json.dumps)
_WORKFLOWS = NAMES.map(lambda name: f"arn:aws:glue:us-east-1:123456789012:workflow/{name}")
_PATTERNS = st.sampled_from(
    [
        {"source": ["my.app"]},
        {"source": [{"prefix": "my."}], "detail": {"a": [{"exists": False}]}},
        {"source": ["aws.glue"], "detail": {"state": ["ERROR"]}},
        {"detail": {"a": [{"numeric": [">", 0, "<", 5]}, {"anything-but": ["b"]}]}},
    ]
).map(json.dumps)
_STREAMS = st.sampled_from(["<job run>", "<job run>", "none"])
_SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "ActionList": st.lists(st.fixed_dictionaries({"JobName": NAMES}), min_size=1, max_size=_MOST_ENTRIES),
    "ArnString": _RESOURCES,
    # Windows that end while the test looks on would move the log without a request.
    "BatchWindow": st.just(900),
    "ConditionList": _CONDITIONS,
    "EndpointId": st.just("a.b"),
    "EventBusNameOrArn": st.just("default"),
    "EventPattern": _PATTERNS,
    "EventResource": _WORKFLOWS | NAMES,
    "GlueResourceArn": _RESOURCES,
    "InputLogStreamNames": st.lists(_STREAMS, min_size=1, max_size=_MOST_ENTRIES),
    "LogGroupIdentifier": st.sampled_from([*GROUPS, f"arn:aws:logs:us-east-1:1:log-group:{GROUPS[0]}:*"]),
    "LogGroupName": st.sampled_from([*GROUPS, "/aws-glue"]),
    "LogStreamName": _STREAMS,
    "NodeIdList": st.lists(st.sampled_from(["<node>", "<node>", "<node>", "none"]), min_size=1, max_size=_MOST_ENTRIES),
    "PutEventsRequestEntry": st.fixed_dictionaries(
        {"Source": st.sampled_from(["my.app", "b"]), "DetailType": NAMES, "Detail": _DETAILS},
        optional={"Resources": st.lists(_WORKFLOWS | NAMES, max_size=_MOST_ENTRIES), "Time": st.integers(0, 2**33)},
    ),
    "RuleName": NAMES,
    "TargetArn": _WORKFLOWS,
    "TargetId": NAMES,
}
"""For shapes of which the model says too little to make requests that are accepted now and then."""


_NOTIFICATIONS = st.fixed_dictionaries(
    {"WorkflowName": NAMES},
    optional={"EventId": NAMES, "Source": NAMES, "DetailType": NAMES, "Detail": _DETAILS, "Time": st.integers(0, 9)},
)


@cache
def requests(target: str) -> st.SearchStrategy[dict[str, Any]]:
    """Members for an operation as its model has them."""
    if target == NOTIFY_EVENT:
        return _NOTIFICATIONS
    shape = OPERATIONS[target].input_shape
    assert isinstance(shape, StructureShape)
    return _structure(shape, 0)


@st.composite
def broken(draw: st.DrawFn, target: str) -> Any:
    """A request of the model with one thing wrong in it: a member replaced, added or taken away, or all of it."""
    request = draw(requests(target))
    way = draw(st.sampled_from(["replace", "add", "remove", "deeper", "all"]))
    if way == "all" or (way != "add" and not request):
        return draw(_ANYTHING)
    if way == "add":
        return {**request, draw(_TEXT): draw(_ANYTHING)}
    member = draw(st.sampled_from(sorted(request)))
    if way == "remove":
        return {name: value for name, value in request.items() if name != member}
    value = [request[member]] if way == "deeper" else draw(_ANYTHING)
    return {**request, member: value}


def _structure(shape: StructureShape, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    wanted = [name for name in shape.members if name in shape.required_members or depth < _DEEPEST]
    members = {name: _of(name, shape.members[name], depth + 1) for name in wanted if name not in _ENDLESS}
    required = {name: members[name] for name in shape.required_members}
    optional = {name: members[name] for name in members if name not in required}
    # Most operations have many optional members; a few of them at a time make requests that are often accepted.
    chosen = st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True) if optional else st.just([])
    return chosen.flatmap(lambda names: st.fixed_dictionaries({**required, **{name: optional[name] for name in names}}))


def _of(name: str, shape: Shape, depth: int) -> st.SearchStrategy[Any]:
    if shape.name in _SHAPES:
        return _SHAPES[shape.name]
    if isinstance(shape, StructureShape):
        return _structure(shape, depth)
    if isinstance(shape, ListShape):
        return st.lists(_of(name, shape.member, depth + 1), min_size=_least(shape), max_size=_MOST_ENTRIES)
    if isinstance(shape, MapShape):
        keys = st.text(string.ascii_letters, min_size=1, max_size=5)
        return st.dictionaries(keys, _of(name, shape.value, depth + 1), max_size=_MOST_ENTRIES)
    if isinstance(shape, StringShape):
        return _string(name, shape)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name in ("double", "float"):
        return st.floats(0, 100)
    return st.integers(max(0, int(shape.metadata.get("min", 0))), int(shape.metadata.get("max", 10)))


def _string(name: str, shape: StringShape) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    if name.endswith(("Name", "Names")):
        return NAMES
    if name.endswith(("Id", "Ids")):
        return _IDS
    return st.sampled_from(["cron(0 12 * * ? *)", "3", "1 2"])


def _least(shape: ListShape) -> int:
    return min(_MOST_ENTRIES, int(shape.metadata.get("min", 0)))
