"""The log cannot be written: changes are refused with the reason, reads go on, jobs go on, and the daemon recovers by
itself when there is room.

The full disk is a limit on the size of files (RLIMIT_FSIZE) that is laid on the running daemon and lifted again by
prlimit(2): beyond it a write fails with EFBIG, in the middle of a transaction if it comes so. No privilege is needed.
"""

import contextlib
import http.client
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corridor.crash_audit import Log, await_all_ended, served
from tests.corridor.crash_site import Site
from tests.corridor.crash_storm import KILL, TERM, rebuilt
from tests.corridor.crash_wire import Refused, Wire
from tests.corridor.daemons import RUN
from tests.corridor.waiting import DEADLINE_SECONDS, NamedPipe, gone, until

FULL = 4096
JOBS = ("first", "second")


class Held:
    """A run of two jobs whose first waits for a line, in a daemon whose disk can be filled."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.wire = Wire(site.start())
        self.up, self._release = NamedPipe(site.folder / "up"), NamedPipe(site.folder / "release")
        self._define()
        self.run_id: str = self.wire.call("StartWorkflowRun", Name="held")["RunId"]
        self.wrapper = int(self.up.line())
        self.position: int = self.wire.get("/healthz")["position"]

    def _define(self) -> None:
        script = self.site.folder / "held.sh"
        script.write_text(f"#!/bin/sh\necho $PPID >'{self.up.path}'\nread line <'{self._release.path}'\necho done\n")
        script.chmod(0o755)
        command = {"Name": "shell", "ScriptLocation": str(script)}
        for name in JOBS:
            self.wire.call("CreateJob", Name=name, Role="role", Command=command)
        self.wire.call("CreateWorkflow", Name="held")
        start = {"Name": "start", "WorkflowName": "held", "Type": "ON_DEMAND"}
        self.wire.call("CreateTrigger", **start, Actions=[{"JobName": "first"}])
        condition = {"LogicalOperator": "EQUALS", "JobName": "first", "State": "SUCCEEDED"}
        then = {"Name": "then", "WorkflowName": "held", "Type": "CONDITIONAL", "StartOnCreation": True}
        self.wire.call("CreateTrigger", **then, Predicate={"Conditions": [condition]}, Actions=[{"JobName": "second"}])

    def end_first(self) -> None:
        """Lets the first job end, wrapper and all."""
        self._release.send()
        gone(self.wrapper)

    def end_second(self) -> None:
        """Lets the second job end."""
        self.up.line()
        self._release.send()

    def states(self) -> dict[str, Any]:
        """The state of each node as served."""
        return {node["name"]: node["state"] for node in self.wire.get(f"/v1/runs/{self.run_id}")["nodes"]}

    def refusal(self, operation: str = "StartWorkflowRun", **members: Any) -> Refused:
        """What the daemon says to a change now."""
        with pytest.raises(Refused) as refused:
            self.wire.call(operation, **{"Name": "held", **members})
        return refused.value

    def await_unavailable(self) -> str:
        """Waits until the daemon has found that its log cannot be written; the reason it gives."""

        def health() -> tuple[int, str]:
            try:
                return 200, self.wire.get("/healthz")["status"]
            except Refused as refused:
                return refused.status, str(refused.document["reason"])

        return until(health, lambda found: found[0] == 503)[1]

    def check(self) -> None:
        """Everything has ended; log, answers and what ran agree, and no change was taken that was refused."""
        await_all_ended(self.wire)
        shown = served(self.wire)
        assert self.site.end(TERM) == 0
        log = Log(self.site.state, self.site.folder)
        log.check_order()
        log.check_served(shown)
        assert len(log.graphs) == 1
        assert rebuilt(self.site) == shown


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    """The run, with its first job under way."""
    site = Site(tmp_path)
    try:
        yield Held(site)
    finally:
        site.clean_up()


def test_changes_are_refused_with_the_reason(held: Held) -> None:
    """The first refusal and every later one name the reason and the way out, and nothing of them is done."""
    held.site.limit_file_size(FULL)
    for refusal in (held.refusal(), held.refusal(), held.refusal("CreateWorkflow", Name="other")):
        assert (refusal.status, refusal.code) == (500, "InternalServiceException")
        assert "Nothing was changed" in refusal.text
        assert "log cannot be written" in refusal.text
        assert "has room" in refusal.text
    assert "log cannot be written" in held.await_unavailable()
    held.site.limit_file_size()
    held.end_first()
    held.end_second()
    held.check()


def test_reads_tell_what_the_log_holds(held: Held) -> None:
    """While the outcome of a job cannot be recorded reads go on, and show nothing that could not be recorded."""
    held.site.limit_file_size(FULL)
    held.end_first()
    held.await_unavailable()
    assert held.states() == {"first": "RUNNING", "second": None}
    history = held.wire.get("/v1/workflows/held/runs")["runs"]
    assert [run["statistics"]["succeeded"] for run in history] == [0]
    held.site.limit_file_size()
    held.end_second()
    held.check()


def test_outcome_is_kept_that_could_be_written_nowhere(held: Held) -> None:
    """A job's success is recorded later, even if the disk was too full for its exit file too."""
    first = held.wire.get(f"/v1/runs/{held.run_id}")["nodes"][0]["attempts"][0]["id"]
    output = Path(held.wire.get(f"/v1/job-runs/{first}")["stdout"])
    os.symlink("/dev/full", output.with_name("exit"))
    held.site.limit_file_size(FULL)
    held.end_first()
    held.await_unavailable()
    held.site.limit_file_size()
    held.end_second()
    until(held.states, lambda states: states["second"] == "SUCCEEDED")
    assert held.states() == {"first": "SUCCEEDED", "second": "SUCCEEDED"}
    held.check()


def test_full_disk_at_the_end(held: Held) -> None:
    """A daemon whose log cannot be written still stops cleanly, and the next one takes up what went on."""
    held.site.limit_file_size(FULL)
    held.refusal()
    assert held.site.end(TERM) == 0
    held.wire = Wire(held.site.start())
    held.end_first()
    held.end_second()
    held.check()


@pytest.mark.parametrize("is_new", [True, False])
def test_start_on_a_full_disk(tmp_path: Path, is_new: bool) -> None:
    """A daemon that cannot open its log for want of room says so, harms nothing, and starts when there is room."""
    site = Site(tmp_path)
    try:
        if not is_new:
            Wire(site.start()).call("CreateWorkflow", Name="there")
            site.end(KILL)
        limited = ["sh", "-c", 'ulimit -f 8; exec "$0" "$@"', *RUN, "--state-dir", str(site.state)]
        refused = subprocess.run([*limited, "--listen", "127.0.0.1:0"], capture_output=True, text=True, check=False)
        assert refused.returncode == 2
        assert "log.db cannot be opened: disk I/O error. See that its disk has room" in refused.stderr
        assert "Traceback" not in refused.stderr
        shown = Wire(site.start()).get("/v1/workflows")["workflows"]
        assert [workflow["name"] for workflow in shown] == ([] if is_new else ["there"])
        assert site.end(TERM) == 0
    finally:
        site.clean_up()


def test_disk_that_is_full_for_the_log_alone(held: Held) -> None:
    """Where a small file can be written and the log cannot, the daemon tries at intervals, not as fast as it can."""
    for number in range(8):
        properties = {f"{number}-{part}": "x" * 1000 for part in range(200)}
        held.wire.call("PutWorkflowRunProperties", Name="held", RunId=held.run_id, RunProperties=properties)
    wal = held.site.state / "log.db-wal"
    assert wal.stat().st_size > 1 << 20
    held.site.limit_file_size(wal.stat().st_size)
    held.end_first()
    held.await_unavailable()
    until(lambda: held.site.log_lines.read_text().count("log_available_again"), lambda times: times >= 2)
    assert held.site.log_lines.read_text().count("log_unavailable") <= 4
    held.site.limit_file_size()
    held.end_second()
    held.check()


def test_refusal_rests_on_what_is_on_the_disk(held: Held) -> None:
    """Nobody is told that a name is taken by something that is not on the disk yet, and never will be."""
    with _locked(held.site):
        asked = [_create_workflow(held.wire.url) for _ in range(2)]
        held.site.end(KILL)
    for connection in asked:
        with contextlib.closing(connection), pytest.raises((OSError, http.client.HTTPException)):
            connection.getresponse()
    held.wire = Wire(held.site.start())
    held.end_first()
    held.end_second()
    held.check()


def _create_workflow(url: str) -> http.client.HTTPConnection:
    """A request whose answer is not waited for; the daemon has read it, as it has answered one that came later."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
    connection.request("POST", "/", b'{"Name":"other"}', {"X-Amz-Target": "AWSGlue.CreateWorkflow"})
    for _ in range(3):
        Wire(url).get("/healthz")
    return connection


@contextlib.contextmanager
def _locked(site: Site) -> Iterator[None]:
    """Keeps the log from being written, as a slow disk would."""
    connection = sqlite3.connect(site.state / "log.db", isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()
