"""Which runs are to be repaired, and which of them failed alike."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.cli.client import Client
from daemon.cli.documents import Summary
from daemon.cli.failures import BadInput
from daemon.cli.given_times import since
from daemon.cli.lookup import PAGE_SIZE
from daemon.cli.repairs import candidates, grouped, with_error
from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.conftest import Answers

NOW = datetime(2026, 11, 3, 14, 3, tzinfo=UTC)
HISTORY = f"/v1/workflows/W1/runs?limit={PAGE_SIZE}"


def failing(number: int, error: str = "boom", node: str = "J2", **changes: Any) -> dict[str, Any]:
    """A row of a run that partly failed, with its root failure."""
    failure = {"node": f"JOB:{node}", "state": "FAILED", "attempt_id": "jr_1", "error": error}
    return sample.summary(run_id(number), failures=[failure], root_failures=1, blocked=1, **changes)


def run_id(number: int) -> str:
    """The id of a run."""
    return f"wr_{number:064x}"


def rows(*documents: dict[str, Any]) -> list[Summary]:
    """Rows as commands read them."""
    return [sample.as_summary(document) for document in documents]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", NOW - timedelta(minutes=30)),
        ("2h", NOW - timedelta(hours=2)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-03", datetime(2026, 11, 3, tzinfo=UTC)),
        ("2026-11-03T12:00+02:00", datetime(2026, 11, 3, 10, tzinfo=UTC)),
    ],
)
def test_moments_are_typed_in_several_ways(text: str, expected: datetime) -> None:
    """How long ago, or when; without a zone it is the reader's."""
    assert since(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "soon", "2 fortnights", "99999999999d"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """With the forms that there are."""
    with pytest.raises(BadInput, match="is no moment: write how long ago"):
        since(text, NOW)


def test_runs_that_were_resumed_or_began_before_are_left_out(answers: Answers) -> None:
    """A resume that failed again is itself to be repaired; pages are read no further than needed."""
    failed_again = failing(3, previous_run_id=run_id(2), root_run_id=run_id(2), depth=1)
    old = failing(1, started_at="2026-11-01T00:00:00Z")
    answers.lay_down(HISTORY, {"runs": [failed_again, failing(2), sample.resumed_summary(), old], "next": "t1"})
    found = candidates(Client(answers.url), "W1", since("1d", NOW), ("PARTLY_FAILED",))
    assert ([run.run_id for run in found.runs], found.resumed) == ([run_id(3)], 1)
    assert len(answers.requests) == 1


def test_errors_that_differ_in_numbers_are_alike() -> None:
    """The largest group comes first, its runs oldest first."""
    runs = rows(failing(4, "no file 2026-11-03.csv"), failing(3, "other"), failing(2, "no file 2026-11-02.csv"))
    assert [[run.run_id for run in group.runs] for group in grouped(runs)] == [[run_id(2), run_id(4)], [run_id(3)]]
    assert len(grouped(rows(failing(1), failing(2, node="J3")))) == 2


def test_a_pattern_chooses_by_root_failures() -> None:
    """Found anywhere in the error."""
    runs = rows(failing(2, "no file orders.csv"), failing(1, "killed"))
    assert [run.run_id for run in with_error(runs, re.compile("orders"))] == [run_id(2)]
    assert with_error(runs, None) == runs
