"""A workflow's history as a table, on narrow and on roomy screens."""

from typing import Any

import pytest

from daemon.cli.history_table import cause_told, history_table
from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.printing import NOW, printed

RUNS = [sample.as_summary(sample.resumed_summary()), sample.as_summary(sample.summary())]

NARROW = """\
RUN ↩ PREVIOUS RUN    OUTCOME           NODES      STARTED     TOOK   CAUSE
────────────────────────────────────────────────────────────────────────────
wr_01a20599a4ffa9     ✔ SUCCEEDED       5✔         14:02:01   3.2 s   resume
↩ wr_01a20599a1503c
wr_01a20599a1503c     ✘ PARTLY FAILED   1✔ 2✘ 2·   14:02:01   3.2 s   API"""

STACKED = """\
RUN                   OUTCOME             STARTED
↩ PREVIOUS RUN        NODES               TOOK, CAUSE
────────────────────────────────────────────────────────────
wr_01a20599a4ffa9     ✔ SUCCEEDED         14:02:01
↩ wr_01a20599a1503c   5✔                  3.2 s, resume
wr_01a20599a1503c     ✘ PARTLY FAILED     14:02:01
                      1✔ 2✘ 2·            3.2 s, API
wr_01a20599a1503c     ✘ PARTLY FAILED     Jan 31 09:08
                      4000✔ 12✘ 2◷ 3●     2h 00m, schedule
                      5982·               every-night"""

LARGE = sample.summary(
    started_at="2026-01-31T09:08:00.000Z",
    completed_at="2026-01-31T11:08:30.000Z",
    total=9_999,
    statistics=sample.counts(succeeded=4_000, failed=12, timeout=2, running=3),
    cause={"kind": "SCHEDULE", "trigger": "every-night"},
)


def table(width: int) -> list[str]:
    """The sample history on a screen of this width."""
    return printed([history_table(RUNS, NOW, width)], width)


def test_narrow_table_keeps_the_previous_run() -> None:
    """On 80 columns the previous run stands below the run, and nothing is cut."""
    assert table(80) == NARROW.splitlines()


def test_cramped_table_stacks_what_belongs_together() -> None:
    """On 60 columns nothing is left out: counts stand below the outcome, duration and cause below the start."""
    runs = [*RUNS, sample.as_summary(LARGE)]
    assert printed([history_table(runs, NOW, 60)], 60) == STACKED.splitlines()


def test_tiny_table_keeps_outcome_and_counts() -> None:
    """On 40 columns times and cause go, run, outcome and counts stay."""
    assert [line.split() for line in table(40)[3:]] == [
        ["wr_01a20599a4ffa9", "✔", "SUCCEEDED"],
        ["↩", "wr_01a20599a1503c", "5✔"],
        ["wr_01a20599a1503c", "✘", "PARTLY", "FAILED"],
        ["1✔", "2✘", "2·"],
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 110, 130, 200])
def test_nothing_is_cut_on_any_screen(width: int) -> None:
    """Whatever the runs and the width: no row is wider than the screen, and no text ends in an ellipsis."""
    lines = printed([history_table([*RUNS, sample.as_summary(LARGE)], NOW, width)], width)
    assert "4000✔" in "\n".join(lines)
    assert all(len(line) <= width and "…" not in line for line in lines)


def test_roomy_table_has_columns_for_all() -> None:
    """On a wide screen previous run, Glue's status and who asked have columns of their own."""
    heading, _, first, _ = table(130)
    assert heading.split("  ")[0] == "RUN"
    assert [word for word in heading.split() if word in ("PREVIOUS", "STATUS", "CAUSE")] == [
        "PREVIOUS",
        "STATUS",
        "CAUSE",
    ]
    assert "wr_01a20599a1503c" in first
    assert "COMPLETED" in first
    assert first.endswith("resume by api:ada")


def test_old_runs_carry_their_date() -> None:
    """A run of another day shows day and time, one of another year its date."""
    older = sample.summary(started_at="2026-01-31T09:08:00.000Z", completed_at="2026-01-31T11:08:30.000Z")
    oldest = sample.summary(started_at="2024-02-29T09:08:00.000Z", completed_at="2024-03-02T10:08:30.000Z")
    text = "\n".join(printed([history_table([sample.as_summary(run) for run in (older, oldest)], NOW, 80)]))
    assert "Jan 31 09:08   2h 00m" in text
    assert "2024-02-29     2d 01h" in text


def test_stopping_run_says_so() -> None:
    """A run that is being stopped is told from one that simply runs."""
    run = sample.summary(status="STOPPING", outcome="RUNNING", completed_at=None, statistics=sample.counts(running=1))
    text = "\n".join(printed([history_table([sample.as_summary(run)], NOW, 80)]))
    assert "● STOPPING" in text
    assert "1● 4·" in text


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ({"kind": "API"}, "api:ada"),
        ({"kind": "SCHEDULE", "trigger": "nightly"}, "schedule nightly"),
        ({"kind": "TRIGGER", "trigger": "T1"}, "trigger T1"),
        ({"kind": "RESUME"}, "resume by api:ada"),
    ],
)
def test_causes_are_told(cause: dict[str, Any], told: str) -> None:
    """The cause names the trigger, or the person who asked."""
    assert cause_told(sample.as_summary(sample.summary(cause=cause)), by=True).plain == told
