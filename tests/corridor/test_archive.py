"""Old runs moved out of the log of a running daemon, by the real command, and what every door says of them then."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.corridor.daemons import Daemon
from tests.daemon.api.serving import until

PROGRAM = str(Path(sys.executable).with_name("reglue"))
DEFINED = {"Type": "ON_DEMAND", "WorkflowName": "W", "Actions": [{"JobName": "J"}]}


def reglue(daemon: Daemon, *words: str, code: int = 0) -> str:
    """What the command says, on a daemon and its state directory."""
    options = ["--state-dir", str(daemon.state)] if words[0] in ("archive", "audit", "rebuild") else []
    endpoint = ["--endpoint", daemon.url] if words[0] not in ("audit", "rebuild") else []
    done = subprocess.run([PROGRAM, *words, *options, *endpoint], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def defined(daemon: Daemon) -> Any:
    """A workflow with one job."""
    glue = daemon.glue
    glue.create_workflow(Name="W")
    glue.create_job(Name="J", Role="r", Command={"Name": "pythonshell", "ScriptLocation": "/none.py"})
    glue.create_trigger(Name="T", **DEFINED)
    return glue


def ended_run(glue: Any) -> str:
    """A run that has ended."""
    run: str = glue.start_workflow_run(Name="W")["RunId"]
    until(
        lambda: glue.get_workflow_run(Name="W", RunId=run)["Run"]["Status"],
        lambda status: bool(status != "RUNNING"),
    )
    return run


def test_runs_are_archived_beside_their_daemon(tmp_path: Path) -> None:
    """A plan changes nothing; then the daemon lets the runs go, serves their rows, refuses what needs more, and goes
    on; log and file verify, and the daemon starts again on what is left."""
    daemon = Daemon(tmp_path / "state", "--executor", "noop")
    try:
        glue = defined(daemon)
        runs = [ended_run(glue) for _ in range(3)]
        assert "3 runs would be archived" in reglue(daemon, "archive", "--older-than", "0s", "--dry-run")
        assert "No run would be archived" in reglue(daemon, "archive", "--older-than", "1d", "--dry-run")
        said = json.loads(reglue(daemon, "archive", "--older-than", "0s", "--json"))
        assert (said["done"]["runs"], said["done"]["refused"]) == (3, {})
        file = said["done"]["file"]["file"]
        found = glue.get_workflow_run(Name="W", RunId=runs[0])["Run"]
        assert (found["Status"], found["Statistics"]["SucceededActions"]) == ("COMPLETED", 1)
        assert [run["WorkflowRunId"] for run in glue.get_workflow_runs(Name="W")["Runs"]] == runs[::-1]
        with pytest.raises(ClientError, match=r"archived at .* into runs-"):
            glue.get_workflow_run(Name="W", RunId=runs[0], IncludeGraph=True)
        for path in ("/events", "/frames", f"/diff/{runs[1]}", "?at=9"):
            assert daemon.ask("GET", f"/v1/runs/{runs[0]}{path}").status == 410
        assert daemon.get(f"/v1/runs/{runs[0]}")["archived"]["file"] == Path(file).name
        assert daemon.get(f"/v1/runs/{runs[0]}/lineage")["runs"][0]["run_id"] == runs[0]
        assert b"were archived" in daemon.ask("GET", f"/console/runs/{runs[0]}").body
        assert daemon.ask("GET", "/console/workflows/W?tab=grid").status == 200
        assert "Its graph and its events were archived" in reglue(daemon, "show", runs[0])
        assert "was archived into" in reglue(daemon, "resume", "W", runs[0], "--failed", code=2)
        assert "--compact needs the log for itself" in reglue(daemon, "archive", "--compact", code=2)
        again = ended_run(glue)
        assert "✔ sound" in reglue(daemon, "audit", "verify", "--archive", file)
    finally:
        daemon.kill()
    following = Daemon(tmp_path / "state", "--executor", "noop")
    try:
        rows = following.get("/v1/workflows/W/runs")["runs"]
        assert [(row["run_id"], row["archived"] is not None) for row in rows] == [
            (again, False),
            *((run, True) for run in reversed(runs)),
        ]
    finally:
        following.stop()
    assert "equal, row by row" in reglue(following, "rebuild")


def test_daemon_of_another_directory_is_not_asked(tmp_path: Path) -> None:
    """The daemon at the endpoint must be the one that holds the state directory."""
    mine, other = Daemon(tmp_path / "mine", "--executor", "noop"), Daemon(tmp_path / "other", "--executor", "noop")
    try:
        ended_run(defined(mine))
        words = [PROGRAM, "archive", "--older-than", "0s", "--state-dir", str(mine.state), "--endpoint", other.url]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert f"held by process {mine.process.pid}" in done.stderr
    finally:
        mine.stop()
        other.stop()


def test_requests_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    """What is no request for an archive is named; runs that have to stay come back with the reason."""
    daemon = Daemon(tmp_path / "state", "--executor", "noop")
    try:
        run = ended_run(defined(daemon))
        version = len(daemon.get(f"/v1/runs/{run}/events")["events"])
        named = [{"run_id": run, "version": version}]
        good: dict[str, Any] = {"file": "a.jsonl", "sha256": "ab" * 32, "runs": named}
        for changed, told in (
            ({"file": "a/b"}, "file: 'a/b'"),
            ({"sha256": "AB"}, "digest"),
            ({"runs": []}, "from 1 to 50"),
            ({"runs": [{"run_id": "job:J", "version": 1}]}, "no run, job run or crawl"),
            ({"runs": named * 2}, "given twice"),
            ({"more": 1}, "unknown field"),
        ):
            answer = daemon.ask("POST", "/v1/archives", json.dumps(good | changed).encode())
            assert answer.status == 400, answer.body
            assert told in json.loads(answer.body)["message"]
        answer = daemon.ask("POST", "/v1/archives", json.dumps(good).encode())
        refused = json.loads(answer.body)["refused"]
        assert (answer.status, [one["run_id"] for one in refused]) == (200, [run])
        assert "no seal speaks for" in refused[0]["reason"]
    finally:
        daemon.stop()
