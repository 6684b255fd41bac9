"""Lines of files as events: where they begin and end, and when they came."""

import os
from pathlib import Path

import pytest

from daemon.api.log_lines import LONGEST_LINE, PAGE_BYTES, Observed, backward, forward


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A job's output, last written at second 5."""
    path = tmp_path / "stdout.log"
    path.write_bytes(b"one\ntwo\n")
    os.utime(path, (5, 5))
    return path


def test_lines_are_read_from_both_ends(path: Path) -> None:
    """A page is the first lines of a span of bytes, or the last ones."""
    assert [(line.start, line.end, line.text) for line in forward(path, (0, 8), 1)] == [(0, 4, "one")]
    assert [line.text for line in forward(path, (4, 8), 9)] == ["two"]
    assert [line.text for line in backward(path, (0, 8), 1)] == ["two"]
    assert backward(path, (0, 0), 1) == []


def test_an_unfinished_line_waits_while_its_job_runs(path: Path) -> None:
    """Its end decides whether it is an event; when the job has ended it is."""
    path.write_bytes(b"one\nhal")
    observed = Observed()
    assert observed.look(path, True, 10).end == 4
    assert observed.look(path, False, 20).end == 7


def test_what_is_found_later_has_the_moment_it_was_found(path: Path) -> None:
    """What the first look finds has the file's time, and keeps it while the file grows."""
    observed = Observed()
    observed.look(path, True, 9_000)
    path.write_bytes(b"one\ntwo\nthree\n")
    times = observed.look(path, True, 10_000)
    assert [times.of(line) for line in forward(path, (0, 14), 9)] == [5_000, 5_000, 10_000]
    assert times.between(5_001, None) == (8, 14)
    assert times.between(None, 10_000) == (0, 8)
    assert times.between(20_000, None) == (14, 14)


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    """A job run that waits has no file yet."""
    assert Observed().look(tmp_path / "none", True, 1).between(None, None) == (0, 0)


def test_very_long_lines_are_cut(path: Path) -> None:
    """No event is longer than LONGEST_LINE, and a page stops near PAGE_BYTES."""
    path.write_bytes(b"x" * (3 * PAGE_BYTES))
    lines = forward(path, (0, 3 * PAGE_BYTES), 10_000)
    assert {len(line.text) for line in lines} == {LONGEST_LINE}
    assert lines[-1].end == PAGE_BYTES
    assert Observed().look(path, True, 1).end == 3 * PAGE_BYTES


def test_bytes_of_any_kind_are_shown(path: Path) -> None:
    """What is no UTF-8 is replaced, not refused."""
    path.write_bytes(b"\xff\x00\xfe\n")
    assert forward(path, (0, 4), 1)[0].text == "\ufffd\0\ufffd"
