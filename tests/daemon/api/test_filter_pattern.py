"""CloudWatch's filter patterns, as far as they are words."""

import pytest

from daemon.api.filter_pattern import compiled
from daemon.errors import InvalidParameter

LINES = ("ERROR disk full", "WARN disk slow", "error in debug", 'a "quoted" end')


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("", LINES),
        ("disk", LINES[:2]),
        ("ERROR disk", LINES[:1]),
        ("?ERROR ?WARN", LINES[:2]),
        ("disk -slow", LINES[:1]),
        ('"disk s"', LINES[1:2]),
        (r'"\"quoted\""', LINES[3:]),
    ],
)
def test_words_choose_lines(pattern: str, wanted: tuple[str, ...]) -> None:
    """All plain words must be there, one of those with ?, none of those with -; quotes hold a phrase together."""
    assert tuple(filter(compiled(pattern), LINES)) == wanted


@pytest.mark.parametrize("pattern", ["{ $.level = 1 }", "[ip, user]", "%x.*%", '"open'])
def test_other_patterns_are_refused(pattern: str) -> None:
    """Patterns for JSON, columns and regular expressions, and broken ones, are refused instead of matching nothing."""
    with pytest.raises(InvalidParameter, match="filterPattern"):
        compiled(pattern)
