"""How values are written on pages: states, durations, ids. Templates use these as filters."""

from datetime import datetime
from typing import Any

import msgspec


class Look(msgspec.Struct, frozen=True):
    """How a state looks: the style's and icon's name, and its word."""

    style: str
    word: str


NEVER_RAN = Look("none", "never ran")

LOOKS = {
    "SUCCEEDED": Look("succeeded", "Succeeded"),
    "COMPLETED": Look("succeeded", "Completed"),
    "PARTLY_FAILED": Look("failed", "Partly failed"),
    "FAILED": Look("failed", "Failed"),
    "TIMEOUT": Look("timeout", "Timed out"),
    "EXPIRED": Look("timeout", "Expired"),
    "ERROR": Look("error", "Could not start"),
    "STOPPED": Look("stopped", "Stopped"),
    "CANCELLED": Look("stopped", "Cancelled"),
    "STOPPING": Look("stopping", "Stopping"),
    "CANCELLING": Look("stopping", "Cancelling"),
    "STARTING": Look("running", "Starting"),
    "RUNNING": Look("running", "Running"),
    "WAITING": Look("waiting", "Waiting"),
    "FIRED": Look("succeeded", "Fired"),
    "READY": Look("none", "Ready"),
    "ACTIVATED": Look("succeeded", "Activated"),
    "DEACTIVATED": Look("stopped", "Deactivated"),
    "CREATED": Look("none", "Created"),
}
"""State, outcome or status -> how it looks. Colour never stands alone: every style has an icon of its own."""

BUCKETS = {
    "succeeded": "succeeded",
    "failed": "failed",
    "timeout": "timed out",
    "errored": "could not start",
    "stopped": "stopped",
    "running": "running",
    "waiting": "waiting",
}
_BUCKET_STYLES = {"errored": "error"}
_SHORT_RUN_ID = 15
_SHORT_UUID = 18
_UUID_LENGTH = 36
_LONGEST_WHOLE = 40


def look(state: str | None) -> Look:
    """How a state looks; None is a node that never ran."""
    if state is None:
        return NEVER_RAN
    return LOOKS.get(state) or Look("none", state.replace("_", " ").capitalize())


class Share(msgspec.Struct, frozen=True):
    """One part of a run's statistics: how many nodes stand so, and where its part of the bar lies (in per mille)."""

    style: str
    word: str
    count: int
    start: float
    width: float


PARTS = (*((_BUCKET_STYLES.get(name, name), word) for name, word in BUCKETS.items()), (NEVER_RAN.style, NEVER_RAN.word))
"""The parts of a run's bar in their order, those that never ran at its end: style and word."""


def parts(statistics: dict[str, int], total: int) -> tuple[int, ...]:
    """How many nodes there are in each of `PARTS`."""
    return (*(statistics[name] for name in BUCKETS), max(0, total - sum(statistics.values())))


def shares(statistics: dict[str, int], total: int) -> list[Share]:
    """A run's counts as parts of a bar; parts of no nodes are left out."""
    found: list[Share] = []
    start = 0.0
    for (style, word), count in zip(PARTS, parts(statistics, total), strict=True):
        if count:
            width = count * 1000 / max(total, 1)
            found.append(Share(style, word, count, start, width))
            start += width
    return found


def told(statistics: dict[str, int], total: int) -> str:
    """`3 succeeded, 1 failed, 2 never ran`."""
    return ", ".join(f"{share.count} {share.word}" for share in shares(statistics, total)) or "no nodes"


def short(identifier: str) -> str:
    """The beginning of an id, long enough to be told from others and typed into a command."""
    if len(identifier) == _UUID_LENGTH:
        return identifier[:_SHORT_UUID]
    return identifier[:_SHORT_RUN_ID] if len(identifier) > _LONGEST_WHOLE else identifier


def took(seconds: float) -> str:
    """A duration as people say it: `850 ms`, `12.4 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    if seconds < 0.9995:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    place = next(i for i, (_, size) in enumerate(units) if whole >= size)
    (large, size), (small, part) = units[place], units[min(place + 1, len(units) - 1)]
    rest = whole % size // part
    return f"{whole // size} {large} {rest} {small}" if rest else f"{whole // size} {large}"


def lasted(started: str | None, completed: str | None, now: str) -> str:
    """The time between two moments in RFC 3339; until `now` if there is no end yet. Empty if nothing began."""
    if started is None:
        return ""
    span = datetime.fromisoformat(completed or now) - datetime.fromisoformat(started)
    return took(span.total_seconds())


def cause(run: dict[str, Any]) -> str:
    """Why a run began, in a few words, from its document."""
    began = run["cause"]
    trigger = f" by trigger {began['trigger']}" if began["trigger"] else ""
    words = {
        "API": "started by request",
        "TRIGGER": f"started{trigger}",
        "SCHEDULE": f"on schedule{trigger}",
        "EVENT": f"on {len(began['event_ids'] or ())} event(s){trigger}",
        "RESUME": "resumed",
    }
    return words.get(began["kind"], str(began["kind"]).lower())


FILTERS = {
    "look": look,
    "shares": shares,
    "told": told,
    "short": short,
    "took": took,
    "lasted": lasted,
    "cause": cause,
}
