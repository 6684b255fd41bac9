"""Schedules at their edges: the fields of a `cron(...)`, a moment, and when it comes due next.

The parsers of the package index were measured against this table before `daemon/cron.py` was written.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

COMES_DUE: tuple[tuple[str, str, str | None], ...] = (
    ("0 12 * * ? *", "2024-01-01 12:00", "2024-01-02 12:00"),
    ("0/15 * * * ? *", "2024-01-01 00:50", "2024-01-01 01:00"),
    ("10,5 0 * * ? *", "2024-01-01 00:00", "2024-01-01 00:05"),
    ("0/60 * * * ? *", "2024-01-01 00:00", "2024-01-01 01:00"),
    ("5/20 8-17/3 ? * MON-FRI *", "2024-01-05 17:45", "2024-01-08 08:05"),
    ("0 22-2 * * ? *", "2024-01-01 23:30", "2024-01-02 00:00"),
    # The last day, days before it, the last day from Monday to Friday.
    ("15 10 L * ? *", "2024-02-01 00:00", "2024-02-29 10:15"),
    ("0 0 L * ? *", "2023-02-01 00:00", "2023-02-28 00:00"),
    ("0 0 L-3 * ? *", "2024-02-01 00:00", "2024-02-26 00:00"),
    ("0 0 L-30 * ? *", "2024-02-01 00:00", "2024-03-01 00:00"),
    ("0 0 LW * ? *", "2024-03-01 00:00", "2024-03-29 00:00"),
    ("0 0 LW 6 ? *", "2024-01-01 00:00", "2024-06-28 00:00"),
    ("0 0 1,15,L * ? *", "2024-01-16 00:00", "2024-01-31 00:00"),
    # The nearest day from Monday to Friday never leaves its month.
    ("0 0 15W * ? *", "2024-06-01 00:00", "2024-06-14 00:00"),
    ("0 0 15W * ? *", "2024-09-01 00:00", "2024-09-16 00:00"),
    ("0 0 1W * ? *", "2024-05-31 00:00", "2024-06-03 00:00"),
    ("0 0 31W * ? *", "2024-03-01 00:00", "2024-03-29 00:00"),
    ("0 0 31W * ? *", "2024-03-30 00:00", "2024-05-31 00:00"),
    ("0 0 30W 6 ? *", "2024-01-01 00:00", "2024-06-28 00:00"),
    ("0 0 29W 2 ? *", "2024-03-01 00:00", "2028-02-29 00:00"),
    # Weekdays: Sunday is 1, L alone is Saturday.
    ("0 0 ? * 5L *", "2024-02-01 00:00", "2024-02-29 00:00"),
    ("0 0 ? * FRIL *", "2024-02-01 00:00", "2024-02-23 00:00"),
    ("0 0 ? * L *", "2024-02-01 00:00", "2024-02-03 00:00"),
    ("0 0 ? * 2#1 *", "2024-01-02 00:00", "2024-02-05 00:00"),
    ("0 0 ? * FRI#5 *", "2024-01-01 00:00", "2024-03-29 00:00"),
    ("0 0 ? 2 5#5 *", "2024-03-01 00:00", "2052-02-29 00:00"),
    ("0 0 ? * 2/2 *", "2024-01-01 00:00", "2024-01-03 00:00"),
    ("0 0 ? * SAT-MON *", "2024-01-02 00:00", "2024-01-06 00:00"),
    ("0 0 ? jan,Dec mon,3#2 *", "2024-02-01 00:00", "2024-12-02 00:00"),
    # Days that some months and years lack.
    ("0 0 */10 * ? *", "2024-01-31 00:00", "2024-02-01 00:00"),
    ("0 0 30 2/2 ? *", "2024-12-31 00:00", "2025-04-30 00:00"),
    ("0 0 29 FEB ? *", "2024-03-01 00:00", "2028-02-29 00:00"),
    ("0 0 29 2 ? *", "2096-03-01 00:00", "2104-02-29 00:00"),
    # Years begin, step and end.
    ("0 0 1 1 ? 2030/5", "2024-01-01 00:00", "2030-01-01 00:00"),
    ("0 0 1 1 ? 2030/5", "2030-01-01 00:00", "2035-01-01 00:00"),
    ("0 0 1 1 ? 2020", "2024-01-01 00:00", None),
    ("59 23 31 12 ? 2199", "2024-01-01 00:00", "2199-12-31 23:59"),
    ("59 23 31 12 ? 2199", "2199-12-31 23:59", None),
    # UTC has no summer time: the hour that others skip or repeat comes once.
    ("30 2 ? * SUN *", "2024-03-30 00:00", "2024-03-31 02:30"),
    ("30 2 ? * 1 *", "2024-10-27 02:30", "2024-11-03 02:30"),
)

INVALID: tuple[tuple[str, str], ...] = (
    ("cron(0 0 * * * *)", "One of Day-of-month and Day-of-week must be a question mark"),
    ("cron(0 0 ? * ? *)", "One of Day-of-month and Day-of-week must be a question mark"),
    ("cron(0 12 * * ?)", "It has 5 fields; it must have six: Minutes, Hours, Day-of-month, Month, Day-of-week, Year"),
    ("rate(5 minutes)", "It must have the form cron("),
    ("0 12 * * ? *", "It must have the form cron("),
    ("cron(60 0 * * ? *)", "Minutes: '60' is not from 0 to 59"),
    ("cron(? 0 * * ? *)", "Minutes: '?' is not from 0 to 59"),
    ("cron(0 24 * * ? *)", "Hours: '24' is not from 0 to 23"),
    ("cron(0 0 0 * ? *)", "Day-of-month: '0' is not from 1 to 31"),
    ("cron(0 0 32W * ? *)", "Day-of-month: '32' is not from 1 to 31"),
    ("cron(0 0 L-31 * ? *)", "Day-of-month: '31' is not from 0 to 30"),
    ("cron(0 0 1 13 ? *)", "Month: '13' is not from 1 to 12 or JAN to DEC"),
    ("cron(0 0 ? * 8 *)", "Day-of-week: '8' is not from 1 to 7 or SUN to SAT"),
    ("cron(0 0 ? * 2#6 *)", "Day-of-week: '6' is not from 1 to 5"),
    ("cron(0 0 ? * 0L *)", "Day-of-week: '0' is not from 1 to 7"),
    ("cron(0 0 1 1 ? 1969)", "Year: '1969' is not from 1970 to 2199"),
    ("cron(0 0 1 1 ? 2030-2020)", "Year: '2030-2020' ends before it begins"),
    ("cron(0/0 0 * * ? *)", "Minutes: the step '0' is not from 1 to 60"),
    ("cron(0/90 * * * ? *)", "Minutes: the step '90' is not from 1 to 60"),
    ("cron(1,,2 0 * * ? *)", "Minutes: '' is not from 0 to 59"),
    ("cron(-5 0 * * ? *)", "Minutes: '' is not from 0 to 59"),
    ("cron(\u0661 0 * * ? *)", "Minutes: '\u0661' is not from 0 to 59"),
    ("cron(0/4 * * * ? *)", "twice within 5 minutes"),
    ("cron(* 0 1 1 ? *)", "twice within 5 minutes"),
    ("cron(0,58 * * * ? *)", "twice within 5 minutes"),
    ("cron(0,58 0,23 * * ? *)", "twice within 5 minutes"),
    ("cron(0 0 31 2,4,6,9,11 ? *)", "it never comes due"),
    ("cron(0 0 29 2 ? 2100)", "it never comes due"),
    (f"cron({'0,' * 300}0 0 1 1 ? *)", "characters; it can have 500"),
)


def millis(text: str) -> int:
    """The milliseconds since the epoch of `2024-01-31 12:00`, UTC."""
    return (datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
