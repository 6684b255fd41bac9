"""How states, counts, durations and ids are put into few characters."""

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest

from daemon.cli import looks, short_ids, states, times
from daemon.cli.documents import Statistics
from projections.lifecycle import BUCKETS

FULL = "jr_01a20599a150" + "c" * 52


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, "0 ms"),
        (0.0762, "76 ms"),
        (3.29, "3.2 s"),
        (59.99, "59.9 s"),
        (245, "4m 05s"),
        (7500, "2h 05m"),
        (273600, "3d 04h"),
    ],
)
def test_durations_have_two_units(seconds: float, told: str) -> None:
    """A duration is told in the one or two units that matter."""
    assert times.duration(timedelta(seconds=seconds)) == told


def test_moments_are_in_the_readers_time() -> None:
    """A moment is shown in the time zone of the reader's clock, and the day is the reader's too."""
    at = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
    now = datetime(2026, 11, 4, 1, 0, tzinfo=timezone(timedelta(hours=1)))
    assert times.moment(at, now) == "00:30:00"


def test_counts_name_every_bucket() -> None:
    """Every count of a run's statistics is shown, and the rest of the nodes as never run."""
    statistics = Statistics(succeeded=3, failed=1, timeout=1, stopped=1, errored=1, running=2, waiting=1)
    assert states.counted(statistics, 12).plain == "3✔ 1✘ 1◷ 1! 1■ 2● 1○ 2·"
    assert states.told(statistics, 10).split(", ") == [
        "3 succeeded",
        "1 failed",
        "1 timed out",
        "1 could not start",
        "1 stopped",
        "2 running",
        "1 waiting",
    ]


def test_every_state_has_a_look() -> None:
    """All states that a job run, a crawl or a run's outcome can be in have an icon of their kind."""
    known = set(looks.LOOKS)
    assert {"STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "WAITING"} <= known
    assert {"CANCELLING", "CANCELLED", "EXPIRED", "PARTLY_FAILED"} <= known
    assert len(BUCKETS) == len(states.BUCKETS)


def test_icons_become_letters_where_they_must() -> None:
    """On a terminal that is not UTF-8 icons become ASCII letters, and other characters question marks."""
    looks.write_ascii_where_needed()
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="reglue")
    stream.write("✘ ✔ · é 仕")
    stream.seek(0)
    assert stream.buffer.read() == "x + · é ?".encode("latin-1")


def test_short_ids_are_understood() -> None:
    """The short form of an id fits that id, and keeps the suffix that tells a retry from the first attempt."""
    retry = f"{FULL}_attempt_2"
    assert short_ids.short(FULL) == "jr_01a20599a150cccccc"
    assert short_ids.short(retry) == "jr_01a20599a150cccccc_attempt_2"
    assert short_ids.matches(short_ids.short(retry), retry)
    assert not short_ids.matches(short_ids.short(FULL), retry)
    assert not short_ids.matches(short_ids.short(retry), FULL)


def test_ids_know_their_moment() -> None:
    """The moment in milliseconds is read from the id once enough of it is typed."""
    assert short_ids.moment_ms(FULL) == 0x01A20599A150
    assert short_ids.moment_ms(FULL[:14]) is None
    assert short_ids.is_full(FULL)
    assert not short_ids.is_full(FULL[:-1])
