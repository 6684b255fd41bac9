"""How values are written on pages."""

import pytest

from daemon.console.words import look, shares, short, told, took
from projections.lifecycle import BUCKET_OF_STATE

COUNTS = dict.fromkeys(("succeeded", "failed", "timeout", "errored", "stopped", "running", "waiting"), 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0424, "42 ms"),
        (0.9996, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7860, "2 h 11 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    """As people say them, with no unit that is nothing."""
    assert took(seconds) == text


def test_every_state_has_a_look() -> None:
    """No state of a node is shown as something unknown; a node that never ran has words for it."""
    assert all(look(state).style != "none" for state in BUCKET_OF_STATE)
    assert look(None).word == "never ran"


def test_shares_fill_the_bar() -> None:
    """Each count has its part, and those that never ran the rest."""
    parts = shares(COUNTS | {"succeeded": 3, "failed": 1}, 8)
    assert [(part.style, part.count, part.start, part.width) for part in parts] == [
        ("succeeded", 3, 0.0, 375.0),
        ("failed", 1, 375.0, 125.0),
        ("none", 4, 500.0, 500.0),
    ]
    assert told(COUNTS | {"succeeded": 3, "failed": 1}, 8) == "3 succeeded, 1 failed, 4 never ran"
    assert told(COUNTS, 0) == "no nodes"


def test_short_ids_are_cut_only_where_they_are_long() -> None:
    """A run's id is cut; a name is not."""
    assert short("wr_" + "0" * 64) == "wr_000000000000"
    assert short("01a20f8b-0737-7966-8157-65692d80bb6d") == "01a20f8b-0737-7966"
    assert short("orders") == "orders"
