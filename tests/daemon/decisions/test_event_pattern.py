"""Event patterns: what matches, and what is refused with the place named."""

from typing import Any

import orjson
import pytest

from daemon.decisions.event_pattern import envelope, matches, read_pattern
from daemon.errors import InvalidEventPattern
from tests.daemon.decisions.notified import notification

EVENT = envelope(
    notification(
        source="shop.orders",
        resources=("a", "b"),
        detail={
            "n": 5,
            "flag": True,
            "none": None,
            "text": "Hello.csv",
            "tags": ["x", "y"],
            "empty": [],
            "in": {"a": 1},
        },
    )
)


def fits(detail: Any, **pattern: Any) -> bool:
    """Whether a pattern on the detail, or any, matches the event."""
    wanted = {**pattern, **({"detail": detail} if detail else {})}
    return matches(read_pattern(orjson.dumps(wanted).decode()), EVENT)


@pytest.mark.parametrize(
    "leaf",
    [
        {"n": [1, 5]},
        {"flag": [True]},
        {"none": [None]},
        {"tags": ["y"]},
        {"in": {"a": [1]}},
        {"text": [{"prefix": "Hel"}]},
        {"text": [{"suffix": ".csv"}]},
        {"text": [{"equals-ignore-case": "hello.CSV"}]},
        {"n": [{"exists": True}], "gone": [{"exists": False}]},
        {"gone": {"deeper": [{"exists": False}]}},
        {"text": [{"anything-but": ["a", "b"]}]},
        {"text": [{"anything-but": {"prefix": "x"}}]},
        {"n": [{"anything-but": 4}]},
        {"n": [{"numeric": [">", 4, "<=", 5]}]},
        {"n": [{"numeric": ["=", 5]}]},
    ],
    ids=str,
)
def test_pattern_matches(leaf: dict[str, Any]) -> None:
    """Every member must match, and of a list one is enough."""
    assert fits(leaf)
    assert not fits({**leaf, "absent": ["x"]})


@pytest.mark.parametrize(
    "leaf",
    [
        {"n": ["5"]},
        {"n": [True]},
        {"flag": [1]},
        {"none": [{"exists": False}]},
        {"gone": [None]},
        {"empty": ["x"]},
        {"n": {"deeper": [1]}},
        {"text": [{"prefix": "hel"}]},
        {"n": [{"prefix": "5"}]},
        {"gone": [{"anything-but": "a"}]},
        {"text": [{"anything-but": "Hello.csv"}]},
        {"n": [{"numeric": [">", 5]}]},
        {"flag": [{"numeric": ["=", 1]}]},
    ],
    ids=str,
)
def test_pattern_does_not_match(leaf: dict[str, Any]) -> None:
    """Types count, and what is not there matches nothing but `exists: false`."""
    assert not fits(leaf)


def test_pattern_looks_at_the_envelope() -> None:
    """Source, detail-type and resources, all of them."""
    assert fits(None, source=[{"prefix": "shop."}], resources=["b"], **{"detail-type": ["Order"]})
    assert not fits(None, source=["shop.orders"], resources=["c"])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ("{}", "must be an object"),
        ('{"account": ["1"]}', "'account'"),
        ('{"source": "a"}', "'source' it must be a list"),
        ('{"source": []}', "'source' it must be a list"),
        ('{"detail": {"a": {}}}', "'detail.a'"),
        ('{"detail": {"a": [[1]]}}', "'detail.a'"),
        ('{"detail": {"a": [{"wildcard": "*"}]}}', "'detail.a' a filter has one member of prefix"),
        ('{"detail": {"a": [{}]}}', "'detail.a'"),
        ('{"detail": {"a": [{"prefix": 1}]}}', "'detail.a.prefix' it must be a text"),
        ('{"detail": {"a": [{"exists": 1}]}}', "true or false"),
        ('{"detail": {"a": [{"numeric": [">", "1"]}]}}', "comparisons"),
        ('{"detail": {"a": [{"numeric": [">"]}]}}', "comparisons"),
        ('{"detail": {"a": [{"anything-but": []}]}}', "'detail.a.anything-but'"),
        ('{"detail": ' + '{"a": ' * 60 + "[1]" + "}" * 61, "nested too deeply"),
    ],
)
def test_bad_pattern_is_refused(pattern: str, text: str) -> None:
    """The error names the place and what it must be."""
    with pytest.raises(InvalidEventPattern, match="Event pattern is not valid") as refusal:
        read_pattern(pattern)
    assert text in str(refusal.value)
