"""The live stream over HTTP: every event once, from where a browser has left off, whoever reads slowly or goes away."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.daemon.api.clients import DEADLINE_SECONDS, Served
from tests.daemon.api.glue_requests import define_chain, define_job, run_to_its_end
from tests.daemon.api.serving import serving, until
from tests.daemon.console.event_stream import following

QUICK_SECONDS = 2.5
"""Well under the time that a daemon waits for requests that do not end."""


def sequences(served: Served, run: str) -> list[int]:
    """The positions of a run's events in the log."""
    return [int(event["sequence"]) for event in served.get(f"/v1/runs/{run}/events?limit=1000")["events"]]


def head(served: Served) -> int:
    """The position of the newest event."""
    return int(served.get("/v1/events?limit=1")["head"])


def test_a_stream_is_for_browsers_and_never_kept(served: Served) -> None:
    """Its headers keep caches and proxies from holding it back; it says when to come back."""
    with following(served) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == ("no-store", "no")
    answer = served.ask("GET", "/console/live?run=wr_none")
    assert (answer.status, b"There is no run" in answer.body) == (404, True)
    assert served.ask("GET", "/console/live?workflow=never-was").status == 404


def test_a_run_is_told_event_by_event(served: Served) -> None:
    """Each event of the run comes once, in order, under its sequence, and says how what it touched looks."""
    define_chain(served.glue, "told", a=None, b="FAILED")
    run = run_to_its_end(served.glue, "told")["WorkflowRunId"]
    wanted = sequences(served, run)
    with following(served, run=run, after=0) as stream:
        found = stream.until(wanted[-1])
    assert [message.id for message in found] == wanted
    assert {message.name for message in found} == {"change"}
    failed = next(
        one.data for one in reversed(found) if one.data["vertex"] and one.data["vertex"]["key"] == "JOB:told-b"
    )
    assert (failed["vertex"]["style"], failed["vertex"]["word"], failed["vertex"]["resumable"]) == (
        "failed",
        "Failed",
        True,
    )
    assert found[-1].data["outcome"] == {"style": "failed", "word": "Partly failed"}
    assert found[-1].data["counts"][:2] == [1, 1]


@pytest.mark.parametrize("seen", [1, 3, -2])
def test_a_browser_gets_exactly_what_it_has_not_seen(served: Served, seen: int) -> None:
    """Whatever it has seen last, the rest comes, and nothing of it twice; its id counts more than the address."""
    name = f"resumed{seen}"
    define_chain(served.glue, name, a=None, b=None)
    run = run_to_its_end(served.glue, name)["WorkflowRunId"]
    wanted = sequences(served, run)
    with following(served, last=wanted[seen], run=run, after=0) as stream:
        assert [message.id for message in stream.until(wanted[-1])] == wanted[wanted.index(wanted[seen]) + 1 :]


def test_what_happens_comes_as_it_happens(served: Served) -> None:
    """A reader of one workflow hears of a run that begins later, and of no other workflow."""
    define_chain(served.glue, "heard", a=None)
    define_chain(served.glue, "unheard", a=None)
    with following(served, workflow="heard") as stream:
        run_to_its_end(served.glue, "unheard")
        run = run_to_its_end(served.glue, "heard")["WorkflowRunId"]
        found = stream.until(sequences(served, run)[-1])
    assert {message.data["workflow"] for message in found} == {"heard"}
    assert "heard started on demand" in [message.data["text"] for message in found if message.data["run"] == run]


def test_a_job_run_alone_can_be_followed(served: Served) -> None:
    """It is a run of one node."""
    define_job(served.glue, "alone-live")
    job_run = served.glue.start_job_run(JobName="alone-live")["JobRunId"]
    until(lambda: served.get(f"/v1/job-runs/{job_run}")["state"], lambda state: state == "SUCCEEDED")
    with following(served, run=job_run, after=0) as stream:
        found = stream.until(sequences(served, job_run)[-1])
    assert ("JOB:alone-live", "Succeeded") in [
        (message.data["vertex"]["key"], message.data["vertex"]["word"]) for message in found if message.data["vertex"]
    ]


@pytest.mark.parametrize("query", [{"after": 10**9}, {"after": 1, "log": "0" * 16}, {"after": "soon"}])
def test_a_position_of_another_log_is_reset(served: Served, query: dict[str, Any]) -> None:
    """The page is told to load itself anew, and the stream goes on from now."""
    define_chain(served.glue, f"reset-{len(str(query))}", a=None)
    now = head(served)
    with following(served, **query) as stream:
        message = next(stream.messages())
        assert (message.name, message.data["reason"], message.id >= now) == ("reset", "another log", True)
        define_job(served.glue, f"after-reset-{len(str(query))}")
        assert next(stream.messages()).name == "change"


def test_a_browser_goes_on_with_the_next_daemon(tmp_path: Path) -> None:
    """The ids are those of the log, so what the old daemon did not tell the new one does."""
    with serving(tmp_path) as served:
        define_chain(served.glue, "over", a=None)
        first = run_to_its_end(served.glue, "over")["WorkflowRunId"]
        begun = sequences(served, first)
        with following(served, run=first, after=0) as stream:
            seen = stream.until(begun[2])[-1].id
    with serving(tmp_path) as served, following(served, last=seen, run=first) as stream:
        assert [message.id for message in stream.until(begun[-1])] == begun[3:]


def test_streams_end_when_the_daemon_stops(tmp_path: Path) -> None:
    """However many there are and whatever they follow, the daemon does not wait for them."""
    with contextlib.ExitStack() as stack:
        with serving(tmp_path) as served:
            streams = [stack.enter_context(following(served)) for _ in range(20)]
            began = time.monotonic()
        assert time.monotonic() - began < QUICK_SECONDS
        assert [list(stream.messages()) for stream in streams] == [[] for _ in streams]


class Flood(NamedTuple):
    """A daemon in which more happened than a stream tells of afterwards, and a reader that has not read of it yet."""

    served: Served
    reader: socket.socket
    began: int
    grown: int


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flood]:
    """Ten thousand events, during which a reader with little room reads nothing."""
    with serving(tmp_path_factory.mktemp("flood")) as served, socket.socket() as reader:
        define_chain(served.glue, "slow", **dict.fromkeys("abcdefgh"))
        run_to_its_end(served.glue, "slow")
        began = head(served)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        address = urlsplit(served.url)
        reader.connect((address.hostname, address.port))
        reader.sendall(f"GET /console/live?after={began} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        pid = served.get("/healthz")["pid"]
        before = resident_bytes(pid)
        while head(served) <= began + 10_000:
            for _ in range(40):
                served.glue.start_workflow_run(Name="slow")
            run_to_its_end(served.glue, "slow")
        yield Flood(served, reader, began, resident_bytes(pid) - before)


def test_a_position_too_far_back_is_reset(flood: Flood) -> None:
    """Who has missed more than ten thousand events loads the page, which costs less than they do."""
    with following(flood.served, after=flood.began) as stream:
        assert next(stream.messages()).data == {"reason": "too old"}
    with following(flood.served, after=head(flood.served) - 9_000) as stream:
        assert next(stream.messages()).name == "change"


def test_a_slow_reader_holds_nobody(flood: Flood) -> None:
    """One who reads nothing for thousands of events costs no memory and delays nobody; then it gets each of them."""
    assert flood.grown < 48 * 1024 * 1024
    flood.reader.settimeout(DEADLINE_SECONDS)
    end = head(flood.served)
    ids: list[int] = []
    rest = b""
    while not ids or ids[-1] < end:
        piece = flood.reader.recv(1 << 20)
        assert piece, "The stream ended."
        *lines, rest = (rest + piece).split(b"\n")
        ids += [int(line[4:]) for line in lines if line.startswith(b"id: ")]
    assert ids == list(range(flood.began, end + 1))


def resident_bytes(pid: int) -> int:
    """How much memory a process has in use."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def test_pages_hear_of_what_they_show(served: Served) -> None:
    """One about a job hears of its definition and its runs, one about the catalog of databases; neither of the rest."""
    define_chain(served.glue, "hearing", a=None, b=None)
    before = head(served)
    served.glue.create_database(DatabaseInput={"Name": "hearing"})
    run = run_to_its_end(served.glue, "hearing")["WorkflowRunId"]
    served.glue.update_job(JobName="hearing-a", JobUpdate={"Role": "other", "Command": {"Name": "shell"}})
    define_job(served.glue, "hearing-last")
    with following(served, node="JOB:hearing-a", after=before) as stream:
        found = stream.until(head(served) - 1)
    assert {message.data["run"] for message in found} == {run, None}
    assert found[-1].data["text"] == "job changed"
    assert all("hearing-a" in message.data["text"] for message in found[:-1])
    with following(served, catalog=1, after=before) as stream:
        assert [message.data["text"] for message in stream.until(before + 1)] == ["database hearing created"]
