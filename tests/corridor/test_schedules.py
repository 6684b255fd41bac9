"""Schedules in real daemons: what came due while none ran, over kills and restarts."""

from pathlib import Path
from typing import Any

import pytest

from tests.corridor.daemons import Daemon
from tests.corridor.waiting import until
from tests.daemon.engines import RunningEngine
from tests.daemon.schedules import define, evening

NOOP = ("--executor", "noop")
MONTHLY = "cron(0 0 L * ? *)"


@pytest.fixture
def anyio_backend() -> str:
    """The engine is written for asyncio."""
    return "asyncio"


@pytest.fixture
async def long_ago(tmp_path: Path) -> Path:
    """The state of a daemon that ended in February 2024, some days before its monthly trigger came due."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running, schedule=MONTHLY)
    return tmp_path


def runs(daemon: Daemon) -> list[dict[str, Any]]:
    """The workflow's runs, newest first, as `/v1` shows them."""
    found: list[dict[str, Any]] = daemon.get("/v1/workflows/W/runs")["runs"]
    return found


def last(daemon: Daemon) -> dict[str, Any]:
    """The last firing of the one schedule."""
    (schedule,) = daemon.get("/v1/schedules")["schedules"]
    fired: dict[str, Any] = schedule["last"]
    return fired


@pytest.mark.anyio
async def test_one_firing_for_years(long_ago: Path) -> None:
    """The next daemon catches up once, tells so, and neither a kill nor a restart adds another."""
    daemon = Daemon(long_ago, *NOOP)
    (run,) = until(lambda: runs(daemon), lambda found: [row["status"] for row in found] == ["COMPLETED"])
    fired = last(daemon)
    assert fired["started"] == [run["run_id"]]
    assert (fired["catch_up"], fired["missed_since"]) == (True, "2024-02-29T00:00:00.000Z")
    cause = run["cause"]
    assert (cause["kind"], cause["trigger"], cause["due"]) == ("SCHEDULE", "T1", fired["due"])
    daemon.kill()
    for _ in range(2):
        daemon = Daemon(long_ago, *NOOP)
        assert (runs(daemon), last(daemon)) == ([run], fired)
        assert daemon.logged("recovered")["schedules"] == 1
        daemon.stop()


@pytest.mark.anyio
async def test_limit_of_the_list(long_ago: Path) -> None:
    """A limit that is none is refused with its name and bounds."""
    daemon = Daemon(long_ago, *NOOP)
    for limit in ("0", "x", "-1", "10001"):
        answer = daemon.ask("GET", f"/v1/schedules?limit={limit}")
        assert (answer.status, answer.document["error"]) == (400, "InvalidInputException")
        assert f"limit is '{limit}': it must be a whole number from 1 to 10000." in answer.document["message"]
    daemon.stop()
