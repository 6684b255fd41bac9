"""The log listed, replayed and rebuilt: beside its daemon, over HTTP, and from a copy that is only read."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.corridor.daemons import Daemon
from tests.daemon.api.glue_requests import define_chain, finished_run, run_to_its_end

PROGRAM = str(Path(sys.executable).with_name("reglue"))


def reglue(*words: str, code: int = 0) -> str:
    """A command run to its end; what it printed."""
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def lines(*words: str) -> list[dict[str, Any]]:
    """The facts that `audit events` lists."""
    return [json.loads(line) for line in reglue("audit", "events", "--json", *words).splitlines()]


def story(daemon: Daemon) -> list[str]:
    """A run that partly failed, and the one that resumed it; their ids."""
    define_chain(daemon.glue, "W", a=None, b="FAILED")
    first = run_to_its_end(daemon.glue, "W")
    failed = next(node["UniqueId"] for node in first["Graph"]["Nodes"] if node["Name"] == "W-b")
    resumed = daemon.glue.resume_workflow_run(Name="W", RunId=first["WorkflowRunId"], NodeIds=[failed])["RunId"]
    finished_run(daemon.glue, "W", resumed)
    return [first["WorkflowRunId"], resumed]


def test_files_and_daemon_say_the_same(tmp_path: Path) -> None:
    """While a daemon runs, its files and its HTTP give the same facts, under every filter; a replay to the end, or to a
    position, gives what the daemon says of it."""
    state = tmp_path / "state"
    daemon = Daemon(state, "--executor", "noop")
    try:
        runs = story(daemon)
        files, http = ("--state-dir", str(state)), ("--endpoint", daemon.url)
        everything = lines(*files)
        assert [fact["sequence"] for fact in everything] == list(range(1, len(everything) + 1))
        for wanted in (
            (),
            ("--run", runs[0][:20]),
            ("--workflow", "W", "--type", "node."),
            ("--since", "1h", "--limit", "3"),
        ):
            assert lines(*http, *wanted) == lines(*files, *wanted)
        shown = json.loads(reglue("audit", "replay", *files, "--run", runs[1], "--json"))
        del shown["as_of"]
        assert shown | {"resumed_by": []} == daemon.get(f"/v1/runs/{runs[1]}")
        middle = lines(*files, "--run", runs[0])[4]["sequence"]
        then = json.loads(reglue("audit", "replay", *files, "--run", runs[0], "--until", str(middle), "--json"))
        assert then | {"as_of": None} == daemon.get(f"/v1/runs/{runs[0]}?at={middle}") | {"as_of": None}
        assert "wr_" in reglue("audit", "replay", *files, "--workflow", "W")
        assert json.loads(reglue("rebuild", *files, "--check", "--json"))["equal"]
        assert "Stop it first, or compare with --check" in reglue("rebuild", *files, code=2)
    finally:
        daemon.stop()
    assert "equal, row by row" in reglue("rebuild", "--state-dir", str(state))


def test_copy_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    """A copy of a running daemon's files, in a folder that takes no writes, answers everything and has no new file."""
    state, copy = tmp_path / "state", tmp_path / "copy"
    daemon = Daemon(state, "--executor", "noop")
    try:
        run = story(daemon)[1]
        copy.mkdir()
        for name in ("log.db", "log.db-wal", "views.db", "views.db-wal"):
            if (state / name).exists():
                shutil.copyfile(state / name, copy / name)
    finally:
        daemon.stop()
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    copy.chmod(0o500)
    files = ("--state-dir", str(copy))
    assert lines(*files, "--type", "run.completed")[-1]["stream"] == run
    replayed = json.loads(reglue("audit", "replay", *files, "--json"))
    assert [(one["name"], one["runs"]) for one in replayed["workflows"]] == [("W", 2)]
    assert json.loads(reglue("rebuild", *files, "--check", "--json"))["position"] > 0
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
    if os.geteuid():
        assert "With --check nothing is written there" in reglue("rebuild", *files, code=2)


def test_followers_see_what_is_written(tmp_path: Path) -> None:
    """Beside the daemon's files and over HTTP alike, a follower prints an event as soon as it is there."""
    state = tmp_path / "state"
    daemon = Daemon(state, "--executor", "noop")
    try:
        daemon.glue.create_workflow(Name="first")
        for number, source in enumerate((("--state-dir", str(state)), ("--endpoint", daemon.url))):
            words = [PROGRAM, "audit", "events", "--follow", "--type", "workflow.", *source]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as following:
                deadline = threading.Timer(30, following.kill)
                deadline.start()
                assert following.stdout is not None
                assert "workflow first created" in following.stdout.readline()
                for _ in range(number):
                    following.stdout.readline()
                daemon.glue.create_workflow(Name=f"later-{number}")
                assert f"workflow later-{number} created" in following.stdout.readline()
                deadline.cancel()
                following.terminate()
    finally:
        daemon.stop()
