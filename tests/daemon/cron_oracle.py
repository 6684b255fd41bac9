"""Schedules by brute force: every minute of every day is asked whether it is due. Slow, and nothing like the parser."""

from datetime import date, timedelta

_DAY = timedelta(days=1)
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def due_days(fields: list[str], first: date, days: int) -> list[date]:
    """The days on which the fields come due, out of so many days."""
    return [day for day in (first + _DAY * n for n in range(days)) if _is_due(fields, day)]


def due_minutes(fields: list[str]) -> list[int]:
    """The minutes of a due day."""
    return [m for m in range(1440) if _plain(fields[0], m % 60, 0, 59) and _plain(fields[1], m // 60, 0, 23)]


def _is_due(fields: list[str], day: date) -> bool:
    months, weekdays = (_numbered(text, names) for text, names in ((fields[3], _MONTHS), (fields[4], _WEEKDAYS)))
    if not (_plain(months, day.month, 1, 12) and _plain(fields[5], day.year, 1970, 2199)):
        return False
    if weekdays == "?":
        return any(_day_of_month(item, day) for item in fields[2].split(","))
    return any(_day_of_week(item, day) for item in weekdays.split(","))


def _numbered(text: str, names: list[str]) -> str:
    for number, name in enumerate(names, 1):
        text = text.replace(name, str(number))
    return text


def _plain(text: str, value: int, lowest: int, highest: int) -> bool:
    """Whether a value is reached by walking from each item's start to its end, over the field's end if need be."""
    for item in text.split(","):
        head, _, step = item.partition("/")
        first, _, last = head.partition("-")
        at = lowest if first == "*" else int(first)
        end = int(last) if last else highest if first == "*" or step else at
        while True:
            if at == value:
                return True
            for _ in range(int(step or 1)):
                if at == end:
                    break
                at = lowest if at == highest else at + 1
            else:
                continue
            break
    return False


def _day_of_month(item: str, day: date) -> bool:
    if item.startswith("L-"):
        return _is_last(day + _DAY * int(item[2:]), day.month)
    if item == "L":
        return _is_last(day, day.month)
    if item == "LW":
        return _is_workday(day) and not any(_is_workday(later) for later in _rest_of_month(day))
    if item.endswith("W"):
        return any(_nearest_workday(day.replace(day=d)) == day for d in _days(day) if d == int(item[:-1]))
    return _plain(item, day.day, 1, 31)


def _day_of_week(item: str, day: date) -> bool:
    weekday = day.isoweekday() % 7 + 1
    if item == "L":
        return weekday == 7
    if item.endswith("L"):
        return weekday == int(item[:-1]) and (day + 7 * _DAY).month != day.month
    if "#" in item:
        earlier = [d for d in _days(day) if d <= day.day and day.replace(day=d).weekday() == day.weekday()]
        return item == f"{weekday}#{len(earlier)}"
    return _plain(item, weekday, 1, 7)


def _is_last(day: date, month: int) -> bool:
    return day.month == month != (day + _DAY).month


def _is_workday(day: date) -> bool:
    return day.strftime("%a") not in ("Sat", "Sun")


def _rest_of_month(day: date) -> list[date]:
    return [day.replace(day=d) for d in _days(day) if d > day.day]


def _days(day: date) -> list[int]:
    """The days of a date's month."""
    first = day.replace(day=1)
    return [(first + _DAY * n).day for n in range(31) if (first + _DAY * n).month == day.month]


def _nearest_workday(wanted: date) -> date:
    workdays = [wanted.replace(day=d) for d in _days(wanted) if _is_workday(wanted.replace(day=d))]
    return min(workdays, key=lambda day: abs(day - wanted))
