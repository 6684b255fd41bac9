"""The demo's story with a real daemon: start, see J2 and J3 fail, repair, resume, read the history."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.cli.client import Client
from tests.daemon.cli.conftest import Daemon, Ended, Reglue

Typed = Callable[..., Ended]


@pytest.fixture
def typed(reglue: Reglue, demo_daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """The command with the daemon as its usual endpoint, and the demo's input not arrived."""
    monkeypatch.setenv("REGLUE_ENDPOINT", demo_daemon.url)
    for path in (demo_daemon.state / "demo" / "input").iterdir():
        path.unlink()
    return reglue


def document(ended: Ended) -> Any:
    """The one JSON document that the command wrote."""
    assert ended.err == ""
    return msgspec.json.decode(ended.out)


def repair(daemon: Daemon) -> None:
    """Bring the demo's input, by the command that the daemon printed."""
    (command,) = [line for line in daemon.printed.splitlines() if line.strip().startswith("cp ")]
    subprocess.run(command, shell=True, check=True)


def failed_run(typed: Typed) -> str:
    """A run of the demo that partly failed."""
    run: str = document(typed("start", "W1", "--wait", "--json"))["run_id"]
    return run


def test_failed_run_tells_its_causes(typed: Typed) -> None:
    """A run that partly fails ends `start --wait` with 1, and what it prints says why and how to go on."""
    ended = typed("start", "W1", "--property", "day=2026-11-03", "--wait")
    assert ended.code == 1
    assert "2 failed, 2 never ran because of them:" in ended.out
    assert "orders.csv has not arrived. Put it into" in ended.out
    run = document(typed("show", ended.out.splitlines()[0], "--json"))
    assert run["properties"] == {"day": "2026-11-03"}
    assert {node["name"]: node["state"] for node in run["nodes"]} == {
        "J1": "SUCCEEDED",
        "J2": "FAILED",
        "J3": "FAILED",
        "J4": None,
        "J5": None,
    }


def test_repaired_run_is_resumed(typed: Typed, demo_daemon: Daemon) -> None:
    """After the printed repair, resuming all that failed succeeds, and the graph tells what was copied."""
    first = failed_run(typed)
    repair(demo_daemon)
    ended = typed("resume", "W1", first[:20], "--failed", "--wait")
    assert ended.code == 0
    assert "starts at J2, J3" in ended.out
    second = ended.out.splitlines()[0]
    newest, previous = document(typed("runs", "W1", "--limit", "2", "--json"))["runs"]
    assert (newest["run_id"], newest["previous_run_id"], previous["run_id"]) == (second, first, first)
    page = typed("show", second[:20]).out
    assert f"resumed from {first[:17]}" in page
    assert page.count("resumed here") == 2


def test_redundant_picks_are_told(typed: Typed, demo_daemon: Daemon) -> None:
    """A pick downstream of another is told to be redundant, in text and in JSON."""
    first = failed_run(typed)
    assert typed("resume", "W1", first, "--node", "J1", "--node", "JOB:J2").out.splitlines()[1:] == [
        "↻ starts at J1",
        "  J2: downstream of these, so picked without need",
    ]
    resumed = document(typed("resume", "W1", first, "--node", "J1", "--node", "J3", "--json"))
    assert (resumed["starting"], resumed["redundant"]) == (["JOB:J1"], ["JOB:J3"])


def test_the_workflow_may_be_left_out(typed: Typed, demo_daemon: Daemon, tmp_path: Path) -> None:
    """A run's id is enough to resume and to stop it; a workflow that is named must be the run's."""
    first = failed_run(typed)
    assert "starts at J2, J3" in typed("resume", first[:20], "--failed", "--wait").out
    assert typed("stop", first).code == 4
    other = waiting_workflow(demo_daemon, tmp_path)
    ended = typed("resume", other, first, "--failed")
    assert (ended.code, f"is a run of 'W1', not of {other!r}" in ended.err) == (2, True)
    assert "'more' is one too many" in typed("stop", "W1", first, "more").err


def test_runs_without_a_workflow_lists_all(typed: Typed) -> None:
    """Every workflow with its last run, in text and in JSON."""
    run = failed_run(typed)
    ended = typed("runs")
    row = next(line for line in ended.out.splitlines() if line.startswith("W1 "))
    assert (run[:17] in row, "PARTLY FAILED" in row) == (True, True)
    workflows = {one["name"]: one["last_run"] for one in document(typed("runs", "--json"))["workflows"]}
    assert workflows["W1"]["run_id"] == run


def test_resume_without_picks_says_what_to_type(typed: Typed) -> None:
    """Without --node and --failed the failed nodes are listed, with a command that resumes from them."""
    run = failed_run(typed)
    ended = typed("resume", "W1", run)
    assert ended.code == 2
    assert "J2 (FAILED), J3 (FAILED)" in ended.err
    again = ended.err.splitlines()[-1].split()
    assert again[-1] == "--failed"
    assert typed(*again[1:]).code == 0


def test_resume_of_a_good_run_needs_a_pick(typed: Typed, demo_daemon: Daemon) -> None:
    """--failed on a run in which all succeeded says that nothing failed."""
    repair(demo_daemon)
    ended = typed("resume", "W1", failed_run(typed), "--failed")
    assert ended.code == 2
    assert "Nothing failed" in ended.err


def test_what_the_daemon_refuses_ends_with_four(typed: Typed) -> None:
    """Unknown workflows and runs, and a stop of what has ended, are the daemon's to refuse."""
    run = failed_run(typed)
    assert typed("start", "W9").code == 4
    assert typed("runs", "W9").code == 4
    assert typed("show", "wr_" + "0" * 64).code == 4
    ended = typed("stop", "W1", run)
    assert ended.code == 4
    assert "IllegalWorkflowStateException" in ended.err


def test_logs_keep_streams_apart(typed: Typed) -> None:
    """A job run is found by its shown id, and its two streams go to the streams of the same name."""
    nodes = document(typed("start", "W1", "--wait", "--json"))["run"]["nodes"]
    short = {node["name"]: node["attempts"][0]["id"][:21] for node in nodes if node["attempts"]}
    good, bad = typed("logs", short["J1"]), typed("logs", short["J2"], "-f")
    assert good.out.startswith("Collected 0 files")
    assert good.err == ""
    assert bad.out == ""
    assert bad.err.startswith("orders.csv has not arrived")
    assert typed("logs", short["J2"], "--stdout") == (0, "", "")
    assert document(typed("logs", short["J2"], "--json"))["output"]["stderr"] == bad.err


def test_demo_can_be_loaded_again(typed: Typed, demo_daemon: Daemon, tmp_path: Path) -> None:
    """Loading the demo a second time changes nothing, keeps its folder, and brings back files that were lost."""
    script = demo_daemon.state / "demo" / "orders.py"
    script.unlink()
    again = document(typed("demo", "--scripts", str(tmp_path / "other"), "--json"))
    assert (again["is_new"], again["folder"]) == (False, str(demo_daemon.state / "demo"))
    assert script.is_file()
    assert not (tmp_path / "other").exists()
    assert "there already" in typed("demo").out


def test_stopped_run_tells_what_was_stopped(typed: Typed, demo_daemon: Daemon, tmp_path: Path) -> None:
    """`start --wait` ends with 1 when the run is stopped, and says so."""
    workflow = waiting_workflow(demo_daemon, tmp_path)
    with begun_run(demo_daemon, workflow, tmp_path) as (process, run):
        assert typed("stop", workflow, run[:20]).code == 0
        rest = process.communicate()[0]
    assert process.returncode == 1
    assert "■ STOPPED" in rest
    assert "1 stopped:" in rest


def test_interrupted_wait_ends_quietly(typed: Typed, demo_daemon: Daemon, tmp_path: Path) -> None:
    """Ctrl-C ends the wait with 130 and without a word; the run goes on."""
    workflow = waiting_workflow(demo_daemon, tmp_path)
    with begun_run(demo_daemon, workflow, tmp_path) as (process, run):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err.strip()) == (130, "", "")
    assert document(typed("show", run, "--json"))["outcome"] == "RUNNING"
    (tmp_path / "go").write_text("go", encoding="utf-8")


def test_following_shows_lines_as_they_come(typed: Typed, demo_daemon: Daemon, tmp_path: Path) -> None:
    """`logs -f` shows what a running job has written, goes on as it writes more, and ends when the job ends."""
    workflow = waiting_workflow(demo_daemon, tmp_path)
    run = typed("start", workflow).out.strip()
    (tmp_path / "started").read_text(encoding="utf-8")
    job_run = document(typed("show", run, "--json"))["nodes"][0]["attempts"][0]["id"]
    command = [sys.executable, "-m", "daemon", "logs", "-f", job_run]
    environment = os.environ | {"REGLUE_ENDPOINT": demo_daemon.url}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        assert process.stdout.readline() == "before\n"
        (tmp_path / "go").write_text("go", encoding="utf-8")
        assert process.stdout.read() == "after\n"
    assert process.returncode == 0


@contextmanager
def begun_run(daemon: Daemon, workflow: str, folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`reglue start --wait` in a process of its own, with its run's id, once the workflow's job runs."""
    command = [sys.executable, "-m", "daemon", "start", workflow, "--wait", "--endpoint", daemon.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        run = process.stdout.readline().strip()
        (folder / "started").read_text(encoding="utf-8")
        yield process, run


def waiting_workflow(daemon: Daemon, folder: Path) -> str:
    """A workflow of one job that writes `before`, tells the FIFO `started`, reads the FIFO `go`, writes `after`."""
    name = f"waiting/ü {folder.name}"
    for fifo in ("started", "go"):
        os.mkfifo(folder / fifo)
    script = folder / "wait.sh"
    script.write_text(f"#!/bin/sh\necho before; echo up > '{folder}/started'; cat '{folder}/go' >&2; echo after\n")
    script.chmod(0o755)
    glue = Client(daemon.url).glue
    command = {"Name": "shell", "ScriptLocation": str(script)}
    glue("CreateJob", Name=name, Role="r", Command=command)
    glue("CreateWorkflow", Name=name)
    glue("CreateTrigger", Name=name, WorkflowName=name, Type="ON_DEMAND", Actions=[{"JobName": name}])
    return name


def test_dry_run_tells_the_plan_and_its_token_carries_it_out_once(typed: Typed, demo_daemon: Daemon) -> None:
    """What would run and be copied; then just that, and the same run again when asked again."""
    run = failed_run(typed)
    repair(demo_daemon)
    plan = typed("resume", "W1", run, "--failed", "--set", "day=2", "--dry-run").out
    for line in (
        "2 start at once",
        "J4, J5, if all goes well",
        f"J1 from {run[:17]}",
        "day: (unset) → 2",
        "Nothing was changed.",
    ):
        assert line in plan
    token = plan.split()[-1] if "--endpoint" not in plan else plan.split("--plan ")[1].split()[0]
    done = typed("resume", "W1", run, "--plan", token, "--wait")
    assert (done.code, "starts at J2, J3" in done.out) == (0, True)
    again = typed("resume", "W1", run, "--plan", token)
    assert again.out.splitlines()[:2] == [
        done.out.splitlines()[0],
        "  this plan was carried out before: nothing was started again",
    ]
    assert f"resumed as {done.out[:17]}" in typed("show", run).out


def test_lineage_and_diff_tell_a_repair(typed: Typed, demo_daemon: Daemon) -> None:
    """The tree with what each run ran, where results come from; and what differs, with the exit code."""
    run = failed_run(typed)
    repair(demo_daemon)
    new = typed("resume", "W1", run, "--failed", "--wait").out.splitlines()[0]
    tree = typed("lineage", new).out
    for words in (
        "1 resume of one run",
        "↻ from J2, J3",
        f"{run[:17]}  1: J1",
        f"{new[:17]} (itself)  4: J2, J3, J4, J5",
    ):
        assert words in tree
    assert document(typed("lineage", run, "--json"))["root_run_id"] == run
    differs, same = typed("diff", run, new), typed("diff", new, new)
    assert (differs.code, same.code) == (1, 0)
    assert "1 of 5 nodes do not differ; 1 show the same attempt in both." in differs.out
    assert "No difference but in times." in same.out
    assert document(typed("diff", run, new, "--json"))["nodes"][0]["node"] == "JOB:J1"


def test_repair_resumes_what_failed_and_waits(typed: Typed, demo_daemon: Daemon) -> None:
    """A dry run changes nothing; without a terminal it needs --yes; then all of it succeeds and nothing is left."""
    failed_run(typed)
    failed_run(typed)
    repair(demo_daemon)
    shown = typed("repair", "--workflow", "W1", "--since", "1d", "--dry-run", "--error", "orders")
    assert (shown.code, "to repair" in shown.out, "✘ J2  FAILED" in shown.out) == (0, True, True)
    refused = typed("repair", "--workflow", "W1", "--since", "1d", "--json")
    assert (refused.code, "give --yes; to only look, --dry-run" in refused.err) == (2, True)
    done = typed("repair", "--workflow", "W1", "--since", "1d", "--yes", "--wait", "--rate", "20")
    assert (done.code, "0 refused" in done.out, "✔ SUCCEEDED" in done.out) == (0, True, True)
    left = document(typed("repair", "--workflow", "W1", "--since", "1d", "--yes", "--json"))
    assert (left["found"], left["outcomes"]) == (0, [])
    assert left["resumed_before"] >= 2
    assert typed("repair", "--workflow", "W1", "--since", "1d", "--error", "[").code == 2


def test_wait_ends_by_outcomes(typed: Typed, demo_daemon: Daemon) -> None:
    """0 where all succeeded, 1 where one partly failed, with the root cause; 5 where the time was up."""
    bad = failed_run(typed)
    repair(demo_daemon)
    good = typed("start", "W1").out.strip()
    assert typed("wait", good).code == 0
    ended = typed("wait", good, bad[:17])
    assert (ended.code, "J2 FAILED and 1 more; 2 never ran because of them" in ended.out) == (1, True)
    assert [run["run_id"] for run in document(typed("wait", good, "--json"))["runs"]] == [good]
    late = typed("wait", typed("start", "W1").out.strip(), "--timeout", "0")
    assert late.code in (0, 5)
