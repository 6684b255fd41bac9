"""A daemon on a very long history, as its clients feel it: the start, pages of history, old runs, and its memory."""

import base64
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import orjson

from daemon.engine import LOG_FILE, VIEWS_FILE
from tests.bench.figures import Figure, of
from tests.bench.long_log import WORKFLOW
from tests.bench.served import Served, served

PAGE = 50
STARTS = 5
READS = 40
_OLDEST = 2_000
"""A position before which there is about a page of runs."""


def measure_daemon(short: Path, long: Path) -> Iterator[Figure]:
    """Starts, reads and memory on both histories; the short one is the floor of what must not grow."""
    yield from _first_start(short, long)
    starts: dict[Path, list[float]] = {short: [], long: []}
    processor: dict[Path, list[float]] = {short: [], long: []}
    memory: dict[Path, list[float]] = {short: [], long: []}
    for state in (short, long) * STARTS:
        with served(state) as daemon:
            daemon.wait_until_published()
            starts[state].append(daemon.seconds_to_ready)
            processor[state].append(daemon.processor_seconds_to_ready)
            memory[state].append(daemon.memory()[0])
    yield of("start", starts[long], starts[short])
    yield of("start processor", processor[long], processor[short])
    yield of("memory", memory[long], memory[short])
    with served(short) as daemon:
        daemon.wait_until_published()
        list(_reads(daemon))
        after = daemon.memory()[0]
    with served(long) as daemon:
        daemon.wait_until_published()
        figures = list(_reads(daemon))
        yield of("memory read", [daemon.memory()[0]], [after])
    yield from figures


def _first_start(short: Path, long: Path) -> Iterator[Figure]:
    """The start that makes all rows, if they are not there yet, and the memory that it leaves behind."""
    views, log = long / VIEWS_FILE, long / LOG_FILE
    is_first = not views.exists() or views.stat().st_size < log.stat().st_size / 100
    with served(short) as daemon:
        daemon.wait_until_published()
        after_short = daemon.memory()[0]
    with served(long) as daemon:
        events = orjson.loads(daemon.get("/healthz"))["position"]
        daemon.wait_until_published()
        if is_first:
            yield of("first start", [events / daemon.seconds_to_ready])
            yield of("first memory", [daemon.memory()[0]], [after_short])


def _reads(daemon: Served) -> Iterator[Figure]:
    """Milliseconds of the pages at both ends and in the middle of history, and of old runs with their graphs."""
    end = orjson.loads(daemon.get("/healthz"))["position"]
    floor = _times([partial(daemon.get, "/healthz")] * READS)
    yield of("console loaded", _times([partial(_console, daemon, None)]), floor)
    for place, before in (("first", None), ("middle", end // 2), ("last", min(_OLDEST, end))):
        for way, read in (("glue", _glue), ("v1", _v1), ("console", _console)):
            yield of(f"{way} {place}", _times([partial(read, daemon, before)] * READS), floor)
    yield of("console filtered", _times([partial(_console, daemon, None, "&outcome=PARTLY_FAILED")] * READS), floor)
    old = [run["WorkflowRunId"] for run in orjson.loads(_glue(daemon, end // 3))["Runs"]]
    yield of("graph cold", _times([partial(_graph, daemon, run) for run in old[:READS]]), floor)


def _times(reads: Sequence[Callable[[], object]]) -> list[float]:
    """Milliseconds of each read."""
    times = []
    for read in reads:
        began = time.perf_counter()
        read()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _token(listing: str, before: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([listing, before])).decode().rstrip("=")


def _glue(daemon: Served, before: int | None) -> bytes:
    following = {"NextToken": _token(f"GetWorkflowRuns:{WORKFLOW}", before)} if before is not None else {}
    return daemon.ask("GetWorkflowRuns", Name=WORKFLOW, MaxResults=PAGE, **following)


def _v1(daemon: Served, before: int | None) -> bytes:
    place = f"&before={_token(f'runs:{WORKFLOW}', before)}" if before is not None else ""
    return daemon.get(f"/v1/workflows/{WORKFLOW}/runs?limit={PAGE}{place}")


def _console(daemon: Served, before: int | None, wanted: str = "") -> bytes:
    place = f"&before={before}" if before is not None else ""
    return daemon.get(f"/console/workflows/{WORKFLOW}?tab=history{place}{wanted}")


def _graph(daemon: Served, run_id: str) -> None:
    answer = daemon.ask("GetWorkflowRun", Name=WORKFLOW, RunId=run_id, IncludeGraph=True)
    assert answer.count(run_id.encode()) > 1
