"""Moments as people type them on a command line, and positions of the log where those are meant too."""

import re
from datetime import datetime, timedelta

from daemon.cli.failures import BadInput

_SPAN = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MOST_DIGITS = 100
_TIME_OF_DAY = re.compile(r"\d{2}:\d{2}(:\d{2})?")


def since(text: str, now: datetime) -> datetime:
    """A moment as it is typed: `2h` ago, a date, a date with a time, or a time of today; without a zone it is the
    reader's. Raises BadInput."""
    span = _SPAN.fullmatch(text.strip())
    try:
        if span is not None:
            return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
        whole = f"{now:%Y-%m-%d}T{text}" if _TIME_OF_DAY.fullmatch(text) else text
        moment = datetime.fromisoformat(whole)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)
    except (ValueError, OverflowError):
        raise BadInput(
            f"{text!r} is no moment: write how long ago (30m, 2h, 7d), a date (2026-11-03) or 2026-11-03T14:00."
        ) from None


def position_or_moment(text: str, now: datetime) -> tuple[int | None, int | None]:
    """A position of the log, or a moment in milliseconds since the epoch; the other of the two is None. Raises
    BadInput."""
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text), None
    try:
        return None, millis(since(text, now))
    except BadInput as error:
        raise BadInput(f"{str(error).rstrip('.')}; or a position of the log, which is a number.") from error


def millis(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)
