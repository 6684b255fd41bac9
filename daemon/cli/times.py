"""Moments and durations as people read them: local time, two units at most."""

from datetime import datetime, timedelta

_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3600, 86400


def duration(length: timedelta) -> str:
    """`120 ms`, `3.2 s`, `4m 05s`, `2h 05m`, `3d 04h`."""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < _SECOND:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{int(seconds * 10) / 10:.1f} s"
    whole = int(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR:02d}h"


def took(started_at: datetime | None, ended_at: datetime | None, now: datetime) -> str:
    """How long something took, or has been going on; empty if it never began."""
    return duration((ended_at or now) - started_at) if started_at else ""


def moment(at: datetime, now: datetime) -> str:
    """The time of day; on another day `Nov 03 14:02`, in another year the date. In the time zone of `now`."""
    local = at.astimezone(now.tzinfo)
    if local.date() == now.date():
        return local.strftime("%H:%M:%S")
    return local.strftime("%b %d %H:%M" if local.year == now.year else "%Y-%m-%d")
