"""`reglue lint` against a real daemon, and what the daemon says at a run's start."""

import json
from pathlib import Path

import pytest

from tests.corridor.daemons import Daemon
from tests.corridor.workshop import Workshop
from tests.daemon.cli.conftest import Reglue


@pytest.fixture
def doubtful(tmp_path: Path) -> Workshop:
    """A workflow whose second trigger waits for what nothing starts."""
    daemon = Daemon(tmp_path / "state", "--executor", "noop")
    shop = Workshop(daemon, tmp_path)
    for job in ("a", "b"):
        shop.define(job, "pythonshell", "/none")
    shop.workflow("fine/one", "a")
    shop.workflow("w", "a")
    shop.trigger("lost", "w", {"b": "SUCCEEDED"}, "a")
    return shop


def test_lint_ends_with_one_for_warnings(doubtful: Workshop, reglue: Reglue) -> None:
    """Of one workflow or all; sound ones end with 0, unknown ones with 4."""
    endpoint = ("--endpoint", doubtful.daemon.url)
    ended = reglue("lint", "w", *endpoint)
    assert ended.code == 1
    assert "trigger 'lost' can never fire" in ended.out
    assert reglue("lint", *endpoint) == ended
    assert reglue("lint", "fine/one", *endpoint) == (0, "Nothing found.\n", "")
    assert reglue("lint", "none", *endpoint).code == 4
    found = json.loads(reglue("lint", "--json", *endpoint).out)["findings"]
    assert [(finding["rule"], finding["workflow"]) for finding in found] == [("never-fires", "w")]
    doubtful.daemon.stop()


def test_a_start_warns_and_goes_on(doubtful: Workshop) -> None:
    """The log says it once for a design, and the run takes place."""
    for _ in range(2):
        assert doubtful.ran("w")["Status"] == "COMPLETED"
    said = doubtful.daemon.logged("workflow_doubtful")
    assert (said["workflow"], said["rule"]) == ("w", "never-fires")
    doubtful.daemon.stop()
    assert doubtful.daemon.text.count("workflow_doubtful") == 1
