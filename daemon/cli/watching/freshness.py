"""Whether what is on the screen is how things stand: one honest line. Pure."""

from datetime import timedelta

import msgspec

from daemon.cli.times import duration
from daemon.cli.watching.board import Board
from daemon.cli.watching.subscriber import Link

QUIET_SECONDS = 3.0
"""So long after connecting it is said that no daemon speaks in the namespace."""

GAP_SECONDS = 1.5
"""A gap that is younger closes by itself: the head of a busy log travels faster than its events."""

LIVE, STALE, DOWN = "live", "stale", "down"


class Freshness(msgspec.Struct, frozen=True):
    """How far the screen can be trusted, and why."""

    level: str
    text: str


def freshness(board: Board, link: Link, now: float) -> Freshness:
    """What the monitor can vouch for at the moment `now` of the monotonic clock."""
    if link.state == "connecting":
        return Freshness(STALE, "connecting")
    if link.state == "lost":
        wait = max(0.0, (link.next_try or now) - now)
        since = duration(timedelta(seconds=int(now - link.since)))
        return Freshness(DOWN, f"no broker for {since}, next try in {wait:.0f} s: {link.reason}")
    daemon = board.daemon
    if daemon is None:
        silent = now - link.since > QUIET_SECONDS
        text = f"connected; no daemon speaks in namespace {board.namespace}" if silent else "connected"
        return Freshness(STALE, text)
    if daemon.status == "stopped":
        return Freshness(DOWN, "the daemon was stopped")
    if daemon.status != "online":
        return Freshness(DOWN, "the daemon is gone from the broker")
    return _of_log(board, now)


def _of_log(board: Board, now: float) -> Freshness:
    missing = board.sequence.missing
    if missing:
        told = f"{missing} event{'s' if missing > 1 else ''}"
        is_young = now - board.gap_since < GAP_SECONDS
        return Freshness(LIVE, f"live, {told} behind") if is_young else Freshness(STALE, f"{told} missing")
    online = sum(one.status == "online" for one in board.daemons.values())
    if online > 1:
        return Freshness(STALE, f"{online} daemons share the namespace {board.namespace}")
    lost = f", but {board.lost} event{'s' if board.lost > 1 else ''} never came" if board.lost else ""
    return Freshness(LIVE, f"live{lost}")
