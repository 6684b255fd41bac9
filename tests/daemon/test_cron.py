"""Glue's schedules: when they come due, and what is no schedule."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon import cron
from tests.daemon.cron_oracle import due_days, due_minutes
from tests.daemon.cron_table import COMES_DUE, INVALID, millis

EPOCH = date(1970, 1, 1)
WALKED_DAYS = 800


@pytest.mark.parametrize(("fields", "after", "due"), COMES_DUE)
def test_next_moment(fields: str, after: str, due: str | None) -> None:
    """The schedule comes due next when the table says."""
    assert cron.next_after(f"cron({fields})", millis(after)) == (millis(due) if due else None)


@pytest.mark.parametrize(("fields", "after", "due"), COMES_DUE)
def test_latest_moment(fields: str, after: str, due: str | None) -> None:
    """At the next moment that moment is the latest, and until then it was one that has passed."""
    expression = f"cron({fields})"
    if due:
        assert cron.latest_until(expression, millis(due)) == millis(due)
        assert (cron.latest_until(expression, millis(due) - 1) or 0) <= millis(after)


@pytest.mark.parametrize(("expression", "reason"), INVALID)
def test_what_is_no_schedule(expression: str, reason: str) -> None:
    """It is refused in Glue's words, with the reason."""
    with pytest.raises(cron.InvalidSchedule) as refusal:
        cron.validate(expression)
    assert str(refusal.value).startswith(f"The schedule {expression[:500]} is invalid. ")
    assert reason in str(refusal.value)


def test_within_a_minute() -> None:
    """Only whole minutes are due, and one that has come is past at once."""
    expression, due = "cron(0 12 * * ? *)", millis("2024-01-01 12:00")
    assert cron.next_after(expression, due - 1) == due
    assert cron.next_after(expression, due) == due + 86_400_000
    assert cron.latest_until(expression, due + 59_999) == due


def test_midnight_may_be_near_on_days_apart() -> None:
    """Minutes around midnight are not too close when the days do not follow each other."""
    cron.validate("cron(0,58 0,23 1 * ? *)")


def numbers(lowest: int, highest: int) -> st.SearchStrategy[str]:
    """Items of a field: a value, a range that may go over the end, a step."""
    value = st.integers(lowest, highest).map(str)
    head = st.one_of(value, st.just("*"), st.tuples(value, value).map("-".join))
    step = st.integers(1, highest - lowest + 1).map(str)
    return st.one_of(head, st.tuples(head, step).map("/".join))


def lists(item: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A field of up to three items."""
    return st.lists(item, min_size=1, max_size=3).map(",".join)


MONTH_DAYS = st.one_of(
    numbers(1, 31),
    st.sampled_from(["L", "LW"]),
    st.integers(0, 30).map("L-{}".format),
    st.integers(1, 31).map("{}W".format),
)
WEEKDAYS = st.one_of(
    numbers(1, 7),
    st.sampled_from(["L", "SUN", "MON-FRI", "SAT-MON"]),
    st.integers(1, 7).map("{}L".format),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda pair: f"{pair[0]}#{pair[1]}"),
)
DAYS = st.one_of(lists(MONTH_DAYS).map(lambda d: (d, "?")), lists(WEEKDAYS).map(lambda d: ("?", d)))
FIELDS = st.tuples(
    st.sampled_from(["0", "59", "0/20", "7,37", "50-10/20"]), lists(numbers(0, 23)), DAYS, lists(numbers(1, 12))
).map(lambda f: [f[0], f[1], f[2][0], f[3], f[2][1], "*"])


@settings(max_examples=150, deadline=None)
@given(FIELDS, st.dates(date(1999, 1, 1), date(2101, 12, 31)))
def test_every_day_is_found(fields: list[str], first: date) -> None:
    """Walking a schedule through two years comes upon just the days and minutes that brute force finds."""
    expression = f"cron({' '.join(fields)})"
    start = (first - EPOCH).days * 86_400_000
    days, minutes = due_days(fields, first, WALKED_DAYS), due_minutes(fields)
    expected = [((day - EPOCH).days * 1440 + minutes[0]) * 60_000 for day in days]
    found: list[int] = []
    at = start - 1
    while days and (due := cron.next_after(expression, at)) is not None and len(found) < len(expected):
        found.append(due)
        at = (due // 86_400_000 + 1) * 86_400_000 - 1
    assert found == expected
    for due in expected[-1:]:
        day = due // 86_400_000 * 1440
        assert cron.latest_until(expression, (day + 1439) * 60_000) == (day + minutes[-1]) * 60_000
