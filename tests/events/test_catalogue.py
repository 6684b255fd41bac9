"""Stored names, and the way of every event to bytes and back."""

import builtins
import re
import types
import typing
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import archives, catalogue, crawlers, data_catalog, design, notifications, runs, schedules, seals
from events.catalogue import CATALOGUE, STORED_NAMES, DamagedEvent, UnknownEvent, decode, encode
from events.design import Event
from events.vocabulary import Cause, DesignSnapshot

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 2**53),
    str: TEXT,
    bool: st.booleans(),
    type(None): st.none(),
    Any: JSON,
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, however deep."""
    arguments = get_args(annotation)
    match get_origin(annotation):
        case typing.Literal:
            return st.sampled_from(arguments)
        case types.UnionType:
            return st.one_of(*map(values, arguments))
        case builtins.dict:
            return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
        case builtins.tuple:
            return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if annotation in PLAIN:
        return PLAIN[annotation]
    fields = {name: values(hint) for name, hint in get_type_hints(annotation).items() if not name.startswith("_")}
    return st.builds(annotation, **fields)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(CATALOGUE.values())).flatmap(values))
def test_event_comes_back_from_its_bytes(event: Event) -> None:
    """Encoded and decoded an event is the same value again."""
    assert decode(*encode(event)) == event


def test_every_class_has_one_name() -> None:
    """All facts of all modules are in the catalogue, each under one name with a version."""
    modules = (archives, crawlers, data_catalog, design, notifications, runs, schedules, seals)
    classes = [cls for module in modules for cls in vars(module).values() if _is_fact(cls)]
    assert sorted(map(repr, set(classes))) == sorted(map(repr, CATALOGUE.values()))
    assert len(STORED_NAMES) == len(CATALOGUE)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+/[1-9]\d*", name) for name in CATALOGUE)


def _is_fact(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Event) and value is not Event


def test_body_leaves_out_what_the_store_and_the_class_say() -> None:
    """Defaults are not stored; neither is the stream."""
    name, body = encode(runs.NodeStarted(5, "daemon", "JOB:J", "jr_1", 0))
    assert (name, body) == (
        "node.started/1",
        b'{"at":5,"by":"daemon","node":"JOB:J","attempt_id":"jr_1","attempt":0}',
    )


def test_definitions_keep_the_names_of_glue() -> None:
    """A trigger is stored in the member names that clients sent."""
    snapshot = DesignSnapshot("W", ())
    assert b'"WorkflowName":"W"' in encode(design.DesignRecorded(1, "daemon", snapshot))[1]


def test_unknown_name_is_refused() -> None:
    """The error names the event and the way out; no module is looked for."""
    with pytest.raises(UnknownEvent, match=r"'os\.system/1'.*another state directory"):
        decode("os.system/1", b"{}")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"7", b'{"at":1}', b'{"at":1,"by":"x","trigger":"T","more":1}', b"\xff\xfe"],
)
def test_damaged_body_is_refused(body: bytes) -> None:
    """A body that is no JSON, no object, or not the fields of its class is a damaged event, named as such."""
    with pytest.raises(DamagedEvent, match=r"'trigger\.fired/1' cannot be read"):
        decode("trigger.fired/1", body)


@pytest.mark.parametrize("cause", ['"x"', '{"kind":"WHIM"}', "{}"])
def test_damaged_value_inside_is_refused(cause: str) -> None:
    """Values within an event are looked at too."""
    body = '{"at":1,"by":"x","workflow":"W","design":"d","cause":' + cause + "}"
    with pytest.raises(DamagedEvent):
        decode("run.started/1", body.encode())


def test_old_versions_are_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event of version -1 goes through 0 to 1: each step makes the next version's body."""

    def with_cause(body: dict[str, Any]) -> dict[str, Any]:
        return body | {"cause": {"kind": body.pop("why")}}

    def with_design(body: dict[str, Any]) -> dict[str, Any]:
        return body | {"design": "none"}

    monkeypatch.setitem(catalogue.UPCASTS, "run.started/-1", ("run.started/0", with_cause))
    monkeypatch.setitem(catalogue.UPCASTS, "run.started/0", ("run.started/1", with_design))
    event = decode("run.started/-1", b'{"at":1,"by":"x","workflow":"W","why":"API"}')
    assert event == runs.RunStarted(1, "x", "W", "none", Cause("API"))


def test_damaged_old_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old body that its upcast cannot read is a damaged event too."""
    monkeypatch.setitem(catalogue.UPCASTS, "run.started/0", ("run.started/1", lambda body: body["absent"]))
    with pytest.raises(DamagedEvent, match=r"'run\.started/0'"):
        decode("run.started/0", b"{}")
