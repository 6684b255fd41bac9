"""Which run or job run a typed beginning of an id means."""

from datetime import UTC, datetime
from typing import Any

import pytest

from daemon.cli.client import Client
from daemon.cli.failures import BadInput, Refused
from daemon.cli.lookup import PAGE_SIZE, job_run_of, run_of, run_of_any_workflow
from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.conftest import Answers

HISTORY = f"/v1/workflows/W1/runs?limit={PAGE_SIZE}"


def page(*runs: str, following: str | None = None) -> dict[str, Any]:
    """A page of W1's history; each run began at the moment of its id."""
    return {"workflow": "W1", "runs": [row(run) for run in runs], "next": following}


def row(run: str, later: int = 0) -> dict[str, Any]:
    """A run that began so many seconds after the moment of its id: that of the plan which it carries out."""
    moment = datetime.fromtimestamp(int(run[3:15], 16) / 1000 + later, UTC)
    return sample.summary(run, started_at=moment.isoformat().replace("+00:00", "Z"))


def test_beginning_finds_its_run(answers: Answers) -> None:
    """A beginning that fits one run alone stands for it."""
    answers.lay_down(HISTORY, page(sample.SECOND, sample.FIRST))
    assert run_of(Client(answers.url), "W1", sample.FIRST[:16]) == sample.FIRST


def test_whole_ids_need_no_search(answers: Answers) -> None:
    """A whole id is taken at its word; whether there is such a run is the daemon's to say."""
    assert run_of(Client(answers.url), "W1", sample.FIRST) == sample.FIRST
    assert run_of_any_workflow(Client(answers.url), sample.FIRST) == sample.FIRST
    assert not answers.requests


def test_ambiguous_beginning_is_refused(answers: Answers) -> None:
    """A beginning that fits several runs is refused with some of them."""
    answers.lay_down(HISTORY, page(sample.SECOND, sample.FIRST))
    with pytest.raises(BadInput, match=f"may mean 2 runs .*{sample.SECOND[:17]}.*type more"):
        run_of(Client(answers.url), "W1", "wr_01a20599a")


def test_search_ends_where_runs_began_before(answers: Answers) -> None:
    """Older pages are read until the runs began before what was typed, and no further."""
    oldest = "wr_01a2059800" + "0" * 54
    answers.lay_down(HISTORY, page(sample.SECOND, following="t1"))
    answers.lay_down(f"{HISTORY}&before=t1", page(sample.FIRST, oldest, following="t2"))
    assert run_of(Client(answers.url), "W1", sample.FIRST[:16]) == sample.FIRST
    assert [path for _, path, _ in answers.requests] == [HISTORY, f"{HISTORY}&before=t1"]


def test_a_run_by_an_old_plan_hides_no_other(answers: Answers) -> None:
    """A run's id tells the moment of its plan: one resumed an hour after its preview is listed before newer ids."""
    planned = "wr_01a2058000" + "0" * 54
    listed = {"workflow": "W1", "runs": [row(planned, later=3_600)], "next": "t1"}
    answers.lay_down("/v1/workflows", {"workflows": [{"name": "W1", "last_run": row(planned, later=3_600)}]})
    answers.lay_down(HISTORY, listed)
    answers.lay_down(f"{HISTORY}&before=t1", page(sample.FIRST))
    assert run_of_any_workflow(Client(answers.url), sample.FIRST[:16]) == sample.FIRST


@pytest.mark.parametrize("typed", ["wr_01", "01a20599a150", "", "jr_01a20599a150"])
def test_what_is_no_beginning_is_refused(answers: Answers, typed: str) -> None:
    """Too little, or no id of a run at all, is refused before anything is asked."""
    with pytest.raises(BadInput, match="at least 6 characters"):
        run_of(Client(answers.url), "W1", typed)
    assert not answers.requests


def test_missing_run_is_told(answers: Answers) -> None:
    """A beginning that fits no run is refused with the way to find one."""
    answers.lay_down(HISTORY, page(sample.SECOND))
    with pytest.raises(Refused, match="There is no run wr_ffffff"):
        run_of(Client(answers.url), "W1", "wr_ffffff")


def test_run_is_found_in_any_workflow(answers: Answers) -> None:
    """Without a workflow all are searched but those whose newest run is older than what was typed."""
    old = row("wr_01a2000000" + "0" * 54)
    newest = [{"name": "idle", "last_run": None}, {"name": "old", "last_run": old}]
    answers.lay_down("/v1/workflows", {"workflows": [*newest, {"name": "W1", "last_run": row(sample.SECOND)}]})
    answers.lay_down(HISTORY, page(sample.SECOND, sample.FIRST))
    assert run_of_any_workflow(Client(answers.url), sample.FIRST[:16]) == sample.FIRST
    assert len(answers.requests) == 2


def test_job_run_is_found_by_its_moment(answers: Answers) -> None:
    """A job run is looked for only in the runs that were under way when its id was made."""
    at = {"started_at": "2026-11-22T23:31:24.500Z", "completed_at": "2026-11-22T23:31:25.000Z"}
    later = {"started_at": "2026-11-22T23:40:00.000Z", "completed_at": None}
    made_at = int(datetime(2026, 11, 22, 23, 31, 24, 600_000, tzinfo=UTC).timestamp() * 1000)
    made = sample.attempt("J1", "SUCCEEDED", id=f"jr_{made_at:012x}" + "d" * 52)
    runs = [sample.summary(sample.SECOND, **later), sample.summary(sample.FIRST, **at)]
    answers.lay_down("/v1/workflows", {"workflows": [{"name": "W1", "last_run": runs[0]}]})
    answers.lay_down(HISTORY, {"runs": runs, "next": None})
    graph = {"nodes": [sample.node("J1", "SUCCEEDED", attempts=[made])], "triggers": []}
    answers.lay_down(f"/v1/runs/{sample.FIRST}", runs[1] | graph)
    assert job_run_of(Client(answers.url), made["id"][:18]) == made["id"]


@pytest.mark.parametrize("typed", ["jr_01a20599", "jr_", "J1", "wr_01a20599a1503c", ""])
def test_job_run_needs_its_moment(answers: Answers, typed: str) -> None:
    """What is no job run's id, or a beginning without the whole moment, is told how much is needed."""
    with pytest.raises(BadInput, match=rf"'{typed}' is no job run's id: .*at least 15 characters \(jr_"):
        job_run_of(Client(answers.url), typed)
