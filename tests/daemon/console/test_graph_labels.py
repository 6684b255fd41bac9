"""Names of boxes in lines: short ones whole, long ones broken at a joint, the longest without their middle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.console.graph_labels import ELLIPSIS, lines_of


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("J2", ("J2",)),
        ("state-fails", ("state-fails",)),
        ("nightly-orders-extract", ("nightly-", "orders-extract")),
        ("load orders of today", ("load orders", "of today")),
    ],
)
def test_names_break_at_a_joint(name: str, lines: tuple[str, ...]) -> None:
    """A name that fits is one line; another is broken after a dash, a dot, a blank or the like."""
    assert lines_of(name) == lines


def test_a_long_name_keeps_its_two_ends() -> None:
    """Names of one graph mostly begin alike and differ at their ends."""
    first, second = lines_of("warehouse.finance.reporting.orders_by_customer_and_region_daily_v2")
    assert first == "warehouse."
    assert second.startswith(ELLIPSIS)
    assert second.endswith("daily_v2")


@given(st.text(min_size=1, max_size=255))
def test_no_name_needs_more_than_two_short_lines(name: str) -> None:
    """Whatever the characters; what is not shown is replaced by an ellipsis."""
    lines = lines_of(name)
    assert 1 <= len(lines) <= 2
    assert all(len(line) <= 25 for line in lines)
    if not lines[-1].startswith(ELLIPSIS):
        assert "".join("".join(lines).split()) == "".join(name.split())
