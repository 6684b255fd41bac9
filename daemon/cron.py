"""Glue's schedules: `cron(Minutes Hours Day-of-month Month Day-of-week Year)`, six fields, in UTC.

Pure: text and moments (milliseconds since the epoch) in, moments out. The wildcards are `, - * ? / L W #`; months and
weekdays may be named; Sunday is 1. Written here because none of the four parsers on the package index that were tried
(aws-croniter 2.1.1, pyawscron 1.0.7, croniter 7.0.0, cronsim 2.8) passes the table in `tests/daemon/cron_table.py`: the
nearest fails on `LW`, on `L` as a weekday, on steps of years, and forgets leap days over a century's end.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise

import msgspec

MINUTE_MILLIS = 60_000
FASTEST_MINUTES = 5
"""Glue: a schedule may not come due more often than this."""

_LONGEST_TEXT = 500
_DAY_MINUTES = 24 * 60
_WEEK = 7
_SATURDAY = 7
_MOST_WEEKS = 5
_EPOCH = date(1970, 1, 1).toordinal()
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

DayRule = Callable[[int, int], set[int]]
"""The days of one month (year, month) that one item of a day field means."""


class InvalidSchedule(ValueError):
    """An expression that is no schedule. The text is the one that Glue gives, and why."""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"The schedule {expression[:_LONGEST_TEXT]} is invalid. {reason}")


class _Wrong(Exception):
    """Why a field cannot be read."""


class _Field(msgspec.Struct, frozen=True):
    """A field's name, its bounds, and the names that may stand for its values from the lowest on."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return self.highest - self.lowest + 1


_MINUTES, _HOURS = _Field("Minutes", 0, 59), _Field("Hours", 0, 23)
_DAY_OF_MONTH, _MONTH = _Field("Day-of-month", 1, 31), _Field("Month", 1, 12, _MONTHS)
_DAY_OF_WEEK, _YEAR = _Field("Day-of-week", 1, 7, _WEEKDAYS), _Field("Year", 1970, 2199)
_FIELDS = (_MINUTES, _HOURS, _DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK, _YEAR)


class Cron(msgspec.Struct, frozen=True):
    """A parsed schedule: `times` are minutes of the day, all tuples ascend, and a day counts if any rule has it."""

    times: tuple[int, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    rules: tuple[DayRule, ...]

    def days_from(self, first: date) -> Iterator[date]:
        """The days on which it comes due, from this one on."""
        for year in self.years[bisect_left(self.years, first.year) :]:
            for month in self.months:
                if (year, month) >= (first.year, first.month):
                    yield from (day for day in self._days(year, month) if day >= first)

    def days_back_from(self, last: date) -> Iterator[date]:
        """The days on which it comes due, from this one backwards."""
        for year in reversed(self.years[: bisect_right(self.years, last.year)]):
            for month in reversed(self.months):
                if (year, month) <= (last.year, last.month):
                    yield from (day for day in reversed(self._days(year, month)) if day <= last)

    def _days(self, year: int, month: int) -> list[date]:
        return [date(year, month, day) for day in sorted(set().union(*(rule(year, month) for rule in self.rules)))]


def validate(expression: str) -> None:
    """Raises InvalidSchedule when the expression cannot be read, is too fast, or can never come due."""
    _parsed(expression)


def next_after(expression: str, at: int) -> int | None:
    """The first moment after `at` that the schedule comes due, or None if it never does again. Raises
    InvalidSchedule."""
    cron = _parsed(expression)
    day, minute = _day_and_minute(at // MINUTE_MILLIS + 1)
    for found in cron.days_from(day):
        later = bisect_left(cron.times, minute) if found == day else 0
        if later < len(cron.times):
            return _millis(found, cron.times[later])
    return None


def latest_until(expression: str, at: int) -> int | None:
    """The last moment at or before `at` that the schedule came due, or None if it never did. Raises InvalidSchedule."""
    cron = _parsed(expression)
    day, minute = _day_and_minute(at // MINUTE_MILLIS)
    for found in cron.days_back_from(day):
        earlier = (bisect_right(cron.times, minute) if found == day else len(cron.times)) - 1
        if earlier >= 0:
            return _millis(found, cron.times[earlier])
    return None


def _day_and_minute(minutes: int) -> tuple[date, int]:
    """The day and the minute of the day, of minutes since the epoch."""
    days, minute = divmod(minutes, _DAY_MINUTES)
    return date.fromordinal(_EPOCH + days), minute


def _millis(day: date, minute: int) -> int:
    return ((day.toordinal() - _EPOCH) * _DAY_MINUTES + minute) * MINUTE_MILLIS


@lru_cache(maxsize=4_096)
def _parsed(expression: str) -> Cron:
    """Kept, because the same few schedules are asked for again and again."""
    try:
        cron = _read(_fields_of(expression))
        _refuse_too_fast(cron)
    except _Wrong as wrong:
        raise InvalidSchedule(expression, str(wrong)) from None
    if next(cron.days_from(date(_YEAR.lowest, 1, 1)), None) is None:
        raise InvalidSchedule(expression, "There is no such day in any of its months and years: it never comes due.")
    return cron


def _fields_of(expression: str) -> list[str]:
    if len(expression) > _LONGEST_TEXT:
        raise _Wrong(f"It has {len(expression)} characters; it can have {_LONGEST_TEXT}.")
    if not (expression.startswith("cron(") and expression.endswith(")")):
        raise _Wrong("It must have the form cron(Minutes Hours Day-of-month Month Day-of-week Year).")
    fields = expression[len("cron(") : -1].upper().split()
    if len(fields) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        raise _Wrong(f"It has {len(fields)} fields; it must have six: {names}.")
    return fields


def _read(fields: list[str]) -> Cron:
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise _Wrong("One of Day-of-month and Day-of-week must be a question mark (?), and the other one must not.")
    by_month = day_of_week == "?"
    read, days = (_month_rule, day_of_month) if by_month else (_week_rule, day_of_week)
    times = {h * 60 + m for h in _values(_HOURS, hours) for m in _values(_MINUTES, minutes)}
    return Cron(
        tuple(sorted(times)),
        tuple(sorted(_values(_MONTH, month))),
        tuple(sorted(_values(_YEAR, year))),
        tuple(read(item) for item in days.split(",")),
    )


def _refuse_too_fast(cron: Cron) -> None:
    """Glue: "rates faster than 5 minutes" are refused, over midnight too."""
    fast = any(later - earlier < FASTEST_MINUTES for earlier, later in pairwise(cron.times))
    if not fast and cron.times[0] + _DAY_MINUTES - cron.times[-1] < FASTEST_MINUTES:
        days = cron.days_from(date(_YEAR.lowest, 1, 1))
        fast = any((later - earlier).days == 1 for earlier, later in pairwise(days))
    if fast:
        raise _Wrong(f"It comes due twice within {FASTEST_MINUTES} minutes; that is the shortest interval.")


def _values(field: _Field, text: str) -> set[int]:
    """The values that a field of plain items means."""
    return set().union(*(_item_values(field, item) for item in text.split(",")))


def _item_values(field: _Field, item: str) -> set[int]:
    """`*`, `a`, `a-b`, each with `/step`. A range may go over the end (`SAT-MON`); years have no such end."""
    head, slash, step_text = item.partition("/")
    first, dash, last = head.partition("-")
    start = field.lowest if head == "*" else _value(field, first)
    end = _value(field, last) if dash else field.highest if head == "*" or slash else start
    step = _step(field, step_text) if slash else 1
    if end < start and field is _YEAR:
        raise _Wrong(f"Year: {_shown(head)} ends before it begins.")
    length = (end - start) % field.size
    return {field.lowest + (start - field.lowest + way) % field.size for way in range(0, length + 1, step)}


def _value(field: _Field, text: str) -> int:
    if text in field.names:
        return field.lowest + field.names.index(text)
    number = _number(text)
    if number is None or not field.lowest <= number <= field.highest:
        names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise _Wrong(f"{field.name}: {_shown(text)} is not from {field.lowest} to {field.highest}{names}.")
    return number


def _step(field: _Field, text: str) -> int:
    """A longer step than the field would silently do something else: 0/90 is not every ninety minutes."""
    number = _number(text)
    if number is None or not 1 <= number <= field.size:
        raise _Wrong(f"{field.name}: the step {_shown(text)} is not from 1 to {field.size}.")
    return number


def _number(text: str) -> int | None:
    """Longer texts than a year's are out of bounds anyway."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("2199") else None


def _shown(text: str) -> str:
    return repr(text[:20])


def _month_rule(item: str) -> DayRule:
    """A day of the month: `L` the last one, `L-3` three days before it, `LW` the last weekday from Monday to Friday,
    `15W` the one of them nearest to the 15th within the month, or plain days."""
    if item == "L":
        return lambda year, month: {monthrange(year, month)[1]}
    if item == "LW":
        return lambda year, month: {_nearest_workday(year, month, monthrange(year, month)[1])}
    if item.startswith("L-"):
        before = _value(_Field("Day-of-month", 0, 30), item[2:])
        return lambda year, month: {day for day in (monthrange(year, month)[1] - before,) if day > 0}
    if item.endswith("W"):
        wanted = _value(_DAY_OF_MONTH, item[:-1])
        return lambda year, month: (
            {_nearest_workday(year, month, wanted)} if wanted <= monthrange(year, month)[1] else set()
        )
    days = _item_values(_DAY_OF_MONTH, item)
    return lambda year, month: {day for day in days if day <= monthrange(year, month)[1]}


def _nearest_workday(year: int, month: int, wanted: int) -> int:
    """The day from Monday to Friday that is nearest, without leaving the month."""
    last = monthrange(year, month)[1]
    nearest = (wanted, wanted - 1, wanted + 1, wanted - 2, wanted + 2)
    return next(day for day in nearest if 1 <= day <= last and date(year, month, day).isoweekday() <= 5)


def _week_rule(item: str) -> DayRule:
    """A day of the week: `L` is Saturday, `5L` the month's last Thursday, `2#1` its first Monday, or plain days."""
    if item == "L":
        return lambda year, month: _weekdays(year, month, {_SATURDAY})
    if item.endswith("L"):
        wanted = _value(_DAY_OF_WEEK, item[:-1])
        return lambda year, month: {max(_weekdays(year, month, {wanted}))}
    weekday, mark, week = item.partition("#")
    if mark:
        wanted, nth = _value(_DAY_OF_WEEK, weekday), _value(_Field("Day-of-week", 1, _MOST_WEEKS), week)
        return lambda year, month: {d for d in _weekdays(year, month, {wanted}) if (d - 1) // _WEEK == nth - 1}
    weekdays = _item_values(_DAY_OF_WEEK, item)
    return lambda year, month: _weekdays(year, month, weekdays)


def _weekdays(year: int, month: int, wanted: set[int]) -> set[int]:
    """The days of a month that fall on these weekdays; Sunday is 1."""
    monday_based, days = monthrange(year, month)
    return {day for day in range(1, days + 1) if (monday_based + day) % _WEEK + 1 in wanted}
