"""The double of AWS Glue for test suites: nothing is kept, and a reset empties it."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.corridor.conftest import Starting
from tests.corridor.daemons import Daemon
from tests.corridor.waiting import NamedPipe, gone, until
from tests.corridor.workshop import Workshop, states

RESET = "/moto-api/reset"


@pytest.fixture
def double(starting: Starting) -> Daemon:
    """An ephemeral daemon that runs processes."""
    return starting("--ephemeral")


@pytest.fixture
def shop(double: Daemon, tmp_path: Path) -> Iterator[Workshop]:
    """Definitions in it."""
    (tmp_path / "jobs").mkdir()
    shop = Workshop(double, tmp_path / "jobs")
    yield shop
    shop.close()


@pytest.fixture
def stubborn(shop: Workshop) -> tuple[str, int]:
    """A job run under way that cannot be ended by SIGTERM, with the id of its process."""
    told: NamedPipe = shop.pipe("told")
    shop.shell("stubborn", "trap '' TERM", "echo $$ > told", "while :; do sleep 5; done")
    run_id: str = shop.glue.start_job_run(JobName="stubborn")["JobRunId"]
    return run_id, int(told.line())


def reset(daemon: Daemon) -> None:
    """What a suite for moto's server sends between tests."""
    answer = daemon.ask("POST", RESET)
    assert (answer.status, answer.document) == (200, {"status": "ok"})


def test_reset_leaves_nothing(shop: Workshop, double: Daemon) -> None:
    """Definitions, runs and the log are gone; the same names are free again, and everything works as before."""
    for _ in range(2):
        shop.shell("one", "echo said", "test -f there")
        shop.workflow("w", "one")
        first = shop.ran("w")
        assert states(first) == {"one": "FAILED"}
        (shop.folder / "there").touch()
        assert states(shop.resumed("w", first["WorkflowRunId"], "one")) == {"one": "SUCCEEDED"}
        (shop.folder / "there").unlink()
        reset(double)
        assert (double.glue.list_workflows()["Workflows"], double.glue.list_jobs()["JobNames"]) == ([], [])
        assert double.position() == 0
        assert double.ask("GET", f"/v1/runs/{first['WorkflowRunId']}").status == 404


def test_reset_ends_jobs(double: Daemon, stubborn: tuple[str, int]) -> None:
    """A job that runs is killed, also one that does not listen to SIGTERM."""
    reset(double)
    gone(stubborn[1])  # its new parent may not have asked for its exit code yet, so the id can still be there


def test_nothing_outlives_the_daemon(double: Daemon, stubborn: tuple[str, int], state: Path) -> None:
    """At its end its jobs are killed and their output is removed; the state directory was never taken."""
    output = Path(double.get(f"/v1/job-runs/{stubborn[0]}")["stdout"])
    assert output.is_file()
    double.stop()
    gone(stubborn[1])
    assert not output.exists()
    assert not state.exists()


def test_a_real_daemon_has_no_reset(noop: Daemon) -> None:
    """The path is not there without --ephemeral."""
    assert noop.ask("POST", RESET).status == 404


def test_other_sites_cannot_reset(double: Daemon) -> None:
    """The rule for pages of other sites holds here too."""
    double.glue.create_workflow(Name="kept")
    answer = double.ask("POST", RESET, headers={"Origin": "http://elsewhere.example"})
    assert (answer.status, answer.document["error"]) == (403, "AccessDeniedException")
    assert double.glue.list_workflows()["Workflows"] == ["kept"]


def test_a_suite_with_many_resets(starting: Starting) -> None:
    """Fifty tests of a suite: each finds nothing, runs a workflow to its end, and leaves a run that hangs."""
    double = starting("--ephemeral", "--executor", "noop")
    shop = Workshop(double, double.state)
    for _ in range(50):
        reset(double)
        for job, outcome in {"ok": "SUCCEEDED", "hangs": "HANG"}.items():
            shop.define(job, "glueetl", "s3://none", DefaultArguments={"--outcome": outcome})
            shop.workflow(f"w-{job}", job)
        assert states(shop.ran("w-ok")) == {"ok": "SUCCEEDED"}
        shop.start("w-hangs")


def test_requests_beside_a_reset(starting: Starting) -> None:
    """Whoever asks while it is emptied gets an answer of before or after, or is told to ask again."""
    double = starting("--ephemeral", "--executor", "noop")
    answers: list[tuple[int, Any]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answer = double.call("CreateWorkflow", json.dumps({"Name": f"w{len(answers)}"}).encode())
            answers.append((answer.status, answer.document))

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(20):
        seen = len(answers)
        reset(double)
        until(partial(len, answers), partial(int.__lt__, seen))
    stop.set()
    asking.join()
    assert all(status == 200 or "Ask again" in document["Message"] for status, document in answers)
