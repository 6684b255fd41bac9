"""Every difference from Glue that docs/strict-glue.md lists: there without the switch, off with it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corridor.daemons import Daemon
from tests.corridor.waiting import until
from tests.corridor.workshop import Workshop, job_runs
from tests.daemon.api.glue_requests import refused

HANGS = {"DefaultArguments": {"--outcome": "HANG"}}


@pytest.fixture(scope="module", params=[False, True], ids=["relaxed", "strict"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Definitions in a daemon without the switch, then in one with it."""
    folder: Path = tmp_path_factory.mktemp("strict")
    strict = "true" if request.param else "false"
    daemon = Daemon(folder / "state", "--executor", "noop", "--strict-glue", strict)
    yield Workshop(daemon, folder)
    daemon.stop()


@pytest.fixture
def strict(shop: Workshop, request: pytest.FixtureRequest) -> bool:
    """Whether the daemon has the switch."""
    found: bool = request.node.callspec.params["shop"]
    return found


def test_a_job_at_its_limit(shop: Workshop, strict: bool) -> None:
    """It waits; under the switch it fails, unless its runs are queued."""
    for name, queued, state in (("plain", False, "FAILED" if strict else "WAITING"), ("queued", True, "WAITING")):
        shop.define(name, "glueetl", "s3://none", JobRunQueuingEnabled=queued, **HANGS)
        shop.workflow(f"w-{name}", name)
        first, second = shop.start(f"w-{name}"), shop.start(f"w-{name}")
        assert job_runs(shop.run(f"w-{name}", second), name)[0]["JobRunState"] == state
        for run in (first, second):
            if shop.run(f"w-{name}", run)["Status"] == "RUNNING":
                shop.glue.stop_workflow_run(Name=f"w-{name}", RunId=run)


def test_several_conditions_without_logical(shop: Workshop, strict: bool) -> None:
    """They are an AND; under the switch refused."""
    shop.workflow("w-logical", "a", "b")
    conditions = [{"LogicalOperator": "EQUALS", "JobName": job, "State": "SUCCEEDED"} for job in ("a", "b")]
    members: dict[str, Any] = {
        "Name": "and",
        "WorkflowName": "w-logical",
        "Type": "CONDITIONAL",
        "Actions": [{"JobName": "c"}],
    }
    members["Predicate"] = {"Conditions": conditions}
    if strict:
        assert refused(shop.glue.create_trigger, **members)[0] == "InvalidInputException"
    else:
        assert shop.glue.create_trigger(**members)["Name"] == "and"


def test_three_crawlers_in_a_trigger(shop: Workshop, strict: bool) -> None:
    """All are taken; under the switch two at most."""
    shop.glue.create_workflow(Name="w-crawlers")
    members = {"Name": "crawls", "WorkflowName": "w-crawlers", "Type": "ON_DEMAND"}
    actions = [{"CrawlerName": f"c{number}"} for number in range(3)]
    if strict:
        code, text = refused(shop.glue.create_trigger, **members, Actions=actions)
        assert (code, "3 crawlers" in text) == ("InvalidInputException", True)
        assert shop.glue.create_trigger(**members, Actions=actions[:2])["Name"] == "crawls"
    else:
        assert shop.glue.create_trigger(**members, Actions=actions)["Name"] == "crawls"


def test_resuming_a_stopped_run(shop: Workshop, strict: bool) -> None:
    """Our own way allows it when asked; under the switch nothing does."""
    shop.define("hangs", "glueetl", "s3://none", **HANGS)
    shop.workflow("w-stopped", "hangs")
    run = shop.start("w-stopped")
    shop.glue.stop_workflow_run(Name="w-stopped", RunId=run)
    until(lambda: shop.run("w-stopped", run)["Status"], lambda status: status == "STOPPED")
    body = json.dumps({"nodes": ["hangs"], "allow_stopped": True}).encode()
    answer = shop.daemon.ask("POST", f"/v1/runs/{run}/resume", body)
    assert answer.status == (400 if strict else 200), answer
    if strict:
        assert answer.document["error"] == "IllegalWorkflowStateException"


def test_more_than_a_hundred_nodes(shop: Workshop, strict: bool) -> None:
    """A large workflow runs, stops and resumes either way."""
    jobs = [f"n{number}" for number in range(150)]
    for job in jobs:
        shop.define(job, "glueetl", "s3://none", DefaultArguments={"--outcome": "FAILED"})
    shop.workflow("w-large", *jobs)
    run = shop.ran("w-large")
    assert run["Statistics"]["FailedActions"] == len(jobs)
    assert shop.resumed("w-large", run["WorkflowRunId"], *jobs)["Statistics"]["FailedActions"] == len(jobs)


def test_properties_in_arguments(shop: Workshop, strict: bool) -> None:
    """A property stands for its name in an argument; under the switch the argument is passed as written."""
    named = "{{run.property:day}}"
    shop.define("named", "glueetl", "s3://none", DefaultArguments={"--day": named})
    shop.workflow("w-named", "named", DefaultRunProperties={"day": "sunday"})
    run = shop.ran("w-named", RunProperties={"day": "monday"})
    assert job_runs(run, "named")[0]["Arguments"]["--day"] == (named if strict else "monday")
