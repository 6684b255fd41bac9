"""Requests for the operations that are served, made from botocore's model of Glue: valid ones, and broken ones."""

import string
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from hypothesis import strategies as st

from daemon.api.actions.table import READS, WRITES

_MODEL = botocore.session.Session().get_service_model("glue")
OPERATIONS: dict[str, OperationModel] = {
    operation: _MODEL.operation_model(operation) for operation in sorted({*READS, *WRITES})
}
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
_SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "ActionList": st.lists(st.fixed_dictionaries({"JobName": NAMES}), min_size=1, max_size=_MOST_ENTRIES),
    "ArnString": _RESOURCES,
    "ConditionList": _CONDITIONS,
    "GlueResourceArn": _RESOURCES,
    "NodeIdList": st.lists(st.sampled_from(["<node>", "<node>", "<node>", "none"]), min_size=1, max_size=_MOST_ENTRIES),
}
"""For shapes of which the model says too little to make requests that are accepted now and then."""


@cache
def requests(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Members for an operation as its model has them."""
    shape = OPERATIONS[operation].input_shape
    assert isinstance(shape, StructureShape)
    return _structure(shape, 0)


@st.composite
def broken(draw: st.DrawFn, operation: str) -> Any:
    """A request of the model with one thing wrong in it: a member replaced, added or taken away, or all of it."""
    request = draw(requests(operation))
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
