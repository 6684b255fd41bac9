"""Our own reads over HTTP: documents, pages, logs, and what is said of bad requests."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.daemon.api.clients import DEADLINE_SECONDS, Served
from tests.daemon.api.glue_requests import define_chain, define_job, node, run_to_its_end
from tests.daemon.api.serving import serving, until


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Served]:
    """A daemon whose jobs are processes."""
    with serving(tmp_path / "state", executor="process") as daemon:
        yield daemon


def script(path: Path, text: str) -> dict[str, str]:
    """The command of a job that runs this shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return {"Name": "shell", "ScriptLocation": str(path)}


def test_health_is_ready(served: Served) -> None:
    """200 with the status, also for a client that asks for headers alone."""
    assert served.get("/healthz")["status"] == "ready"
    answer = served.ask("HEAD", "/healthz")
    assert (answer.status, answer.body) == (200, b"")


def test_workflows_come_with_their_last_run(served: Served) -> None:
    """In order of name; the last run is null where there was none."""
    define_chain(served.glue, "lasting", a="FAILED")
    served.glue.create_workflow(Name="idle")
    run = run_to_its_end(served.glue, "lasting")
    found = {workflow["name"]: workflow["last_run"] for workflow in served.get("/v1/workflows")["workflows"]}
    assert list(found) == sorted(found)
    assert found["idle"] is None
    assert (found["lasting"]["run_id"], found["lasting"]["outcome"]) == (run["WorkflowRunId"], "PARTLY_FAILED")


def test_runs_come_page_by_page(served: Served) -> None:
    """Newest first, for a workflow whose name holds a slash and spaces."""
    name = "a/b c/runs"
    define_chain(served.glue, name, a=None)
    ids = [run_to_its_end(served.glue, name)["WorkflowRunId"] for _ in range(3)]
    path = f"/v1/workflows/{quote(name, safe='')}/runs"
    first = served.get(f"{path}?limit=2")
    assert (first["workflow"], [run["run_id"] for run in first["runs"]]) == (name, ids[:0:-1])
    last = served.get(f"{path}?before={first['next']}")
    assert ([run["run_id"] for run in last["runs"]], last["next"]) == (ids[:1], None)


def test_a_run_says_what_was_copied_from_where(served: Served) -> None:
    """The graph of a resumed run tells per node and trigger which run executed it."""
    glue = served.glue
    define_chain(glue, "copied", a=None, b="FAILED")
    failed = run_to_its_end(glue, "copied")
    pick = node(failed, "copied-b")["UniqueId"]
    run_id = glue.resume_workflow_run(Name="copied", RunId=failed["WorkflowRunId"], NodeIds=[pick])["RunId"]
    run = served.get(f"/v1/runs/{run_id}")
    assert (run["previous_run_id"], run["root_run_id"], run["depth"]) == (failed["WorkflowRunId"],) * 2 + (1,)
    marks = {n["name"]: (n["executed_in"], n["copied"], n["restarted"]) for n in run["nodes"]}
    assert marks == {"copied-a": (failed["WorkflowRunId"], True, False), "copied-b": (run_id, False, True)}
    assert [trigger["copied"] for trigger in run["triggers"]] == [True, True]


def test_a_job_run_names_its_files(process: Served, tmp_path: Path) -> None:
    """Where the output lies, which run it belongs to, how it ended."""
    define_job(process.glue, "j", Command=script(tmp_path / "j.sh", "echo out; echo err >&2; exit 3"))
    job_run_id = process.glue.start_job_run(JobName="j")["JobRunId"]
    path = f"/v1/job-runs/{job_run_id}"
    run: dict[str, Any] = until(lambda: process.get(path), lambda seen: seen["completed_at"] is not None)
    assert (run["id"], run["job"], run["run_id"], run["workflow"]) == (job_run_id, "j", None, None)
    assert (run["state"], run["exit_code"], run["number"]) == ("FAILED", 3, 0)
    assert Path(run["stdout"]).read_text() == "out\n"
    assert Path(run["stderr"]).read_text() == "err\n"
    assert process.ask("GET", f"{path}/logs").body == b"out\n"
    assert process.ask("GET", f"{path}/logs?stream=stderr&offset=1").body == b"rr\n"
    assert process.ask("GET", f"{path}/logs?offset=100").body == b""


def test_logs_are_followed_to_the_end(process: Served, tmp_path: Path) -> None:
    """A follower gets each piece as it is written, and the answer ends with the job."""
    gate = tmp_path / "gate"
    command = script(tmp_path / "j.sh", f"printf 'one\\n'; mkfifo {gate}; read line < {gate}; printf '\\377two\\n'")
    define_job(process.glue, "j", Command=command)
    job_run_id = process.glue.start_job_run(JobName="j")["JobRunId"]
    connection = http.client.HTTPConnection(process.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
    connection.request("GET", f"/v1/job-runs/{job_run_id}/logs?follow=1")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/plain; charset=utf-8"
    assert answer.read1() == b"one\n"
    until(gate.exists, bool)
    gate.write_text("go\n")
    assert answer.read() == b"\xfftwo\n"
    connection.close()


def test_a_follower_does_not_keep_the_daemon(tmp_path: Path) -> None:
    """The daemon stops although a client follows a job that goes on."""
    gate = tmp_path / "gate"
    with serving(tmp_path / "state", executor="process") as daemon:
        define_job(daemon.glue, "j", Command=script(tmp_path / "j.sh", f"mkfifo {gate}; echo up; read line < {gate}"))
        job_run_id = daemon.glue.start_job_run(JobName="j")["JobRunId"]
        connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
        connection.request("GET", f"/v1/job-runs/{job_run_id}/logs?follow=1")
        assert connection.getresponse().read1() == b"up\n"
    gate.write_text("go\n")
    connection.close()


def test_a_large_log_is_sent_whole(process: Served, tmp_path: Path) -> None:
    """Many pieces, every byte."""
    command = script(tmp_path / "j.sh", "head -c 20000000 /dev/zero")
    define_job(process.glue, "j", Command=command)
    job_run_id = process.glue.start_job_run(JobName="j")["JobRunId"]
    body = process.ask("GET", f"/v1/job-runs/{job_run_id}/logs?follow=1").body
    assert len(body) == 20_000_000
    assert not body.strip(b"\0")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/nothing",
        "/v1/workflows/absent/runs",
        "/v1/runs/wr_absent",
        "/v1/runs/workflow:idle",
        "/v1/job-runs/jr_absent",
        "/v1/job-runs/jr_absent/logs?follow=1",
        "/v1/job-runs/..%2F..%2Fetc%2Fpasswd/logs",
    ],
)
def test_what_is_not_there_is_a_404(served: Served, path: str) -> None:
    """With a code and a text, in our own form."""
    answer = served.ask("GET", path)
    assert (answer.status, answer.document["error"]) == (404, "EntityNotFoundException")
    assert answer.document["message"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=-1", "limit=" + "9" * 99, "before=x"])
def test_a_bad_query_is_a_400(served: Served, query: str) -> None:
    """The text names what is wrong and what is allowed."""
    answer = served.ask("GET", f"/v1/workflows/idle/runs?{query}")
    assert (answer.status, answer.document["error"]) == (400, "InvalidInputException")


@pytest.mark.parametrize("query", ["stream=both", "follow=yes", "offset=-1", "offset=" + "9" * 19])
def test_a_bad_query_of_logs_is_a_400(served: Served, query: str) -> None:
    """So is that of a job run's logs."""
    define_job(served.glue, "logged", ExecutionProperty={"MaxConcurrentRuns": 100})
    job_run_id = served.glue.start_job_run(JobName="logged")["JobRunId"]
    answer = served.ask("GET", f"/v1/job-runs/{job_run_id}/logs?{query}")
    assert (answer.status, answer.document["error"]) == (400, "InvalidInputException")


def test_another_method_is_refused(served: Served) -> None:
    """Our own paths are for reading."""
    for method in ("POST", "PUT", "DELETE"):
        answer = served.ask(method, "/v1/workflows", b"{}")
        assert (answer.status, "GET below /v1" in answer.document["message"]) == (404, True)
