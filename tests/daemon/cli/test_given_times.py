"""Positions and moments as they are typed."""

from datetime import UTC, datetime

import pytest

from daemon.cli.failures import BadInput
from daemon.cli.given_times import millis, position_or_moment

NOW = datetime(2026, 11, 24, 14, 2, 5, tzinfo=UTC)


def test_positions_are_numbers() -> None:
    """A whole number is a position of the log, however large."""
    assert position_or_moment("120", NOW) == (120, None)
    assert position_or_moment("20261124" * 3, NOW) == (202611242026112420261124, None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("13:02", datetime(2026, 11, 24, 13, 2, tzinfo=UTC)),
        ("13:02:07", datetime(2026, 11, 24, 13, 2, 7, tzinfo=UTC)),
        ("1h", datetime(2026, 11, 24, 13, 2, 5, tzinfo=UTC)),
        ("2026-11-03", datetime(2026, 11, 3, tzinfo=UTC)),
        ("2026-11-03T14:00+02:00", datetime(2026, 11, 3, 12, tzinfo=UTC)),
    ],
)
def test_moments_are_times(text: str, moment: datetime) -> None:
    """A time of today, how long ago, or a date is a moment."""
    assert position_or_moment(text, NOW) == (None, millis(moment))


@pytest.mark.parametrize("text", ["", "never", "-1", "25:00", "99999999999d"])
def test_what_is_neither_is_said(text: str) -> None:
    """Anything else is refused, with all the forms there are."""
    with pytest.raises(BadInput, match=r"is no moment: write how long ago .* or a position of the log"):
        position_or_moment(text, NOW)
