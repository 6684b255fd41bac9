"""Triggers outside of workflows, with real clients, processes and restarts."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.corridor.conftest import Starting
from tests.corridor.waiting import until
from tests.corridor.workshop import Workshop


def outside(shop: Workshop, *chain: str) -> None:
    """An on-demand trigger `go` for the first job, and one after each job's success for the next."""
    shop.glue.create_trigger(Name="go", Type="ON_DEMAND", Actions=[{"JobName": chain[0]}])
    for watched, started in pairwise(chain):
        condition = {"LogicalOperator": "EQUALS", "JobName": watched, "State": "SUCCEEDED"}
        shop.glue.create_trigger(
            Name=f"after-{watched}",
            Type="CONDITIONAL",
            Predicate={"Conditions": [condition]},
            Actions=[{"JobName": started}],
            StartOnCreation=True,
        )


def newest(shop: Workshop, job: str) -> dict[str, Any]:
    """The newest run of a job, once it has ended well."""
    runs = until(
        lambda: shop.glue.get_job_runs(JobName=job)["JobRuns"],
        lambda seen: seen and seen[0]["JobRunState"] == "SUCCEEDED",
    )
    found: dict[str, Any] = runs[0]
    return found


def test_jobs_follow_each_other_outside_of_workflows(workshop: Workshop) -> None:
    """Each job run names its trigger and the run before it; a job run of a client's is followed by none."""
    for job in "abc":
        workshop.shell(job, f"echo {job}")
    outside(workshop, *"abc")
    workshop.job_ran("a")
    assert workshop.glue.get_job_runs(JobName="b")["JobRuns"] == []
    workshop.glue.start_trigger(Name="go")
    last = newest(workshop, "c")
    (before,) = workshop.glue.get_job_runs(JobName="b")["JobRuns"]
    assert last["TriggerName"] == "after-b"
    assert last["PredecessorRuns"] == [{"JobName": "b", "RunId": before["Id"]}]
    assert "--WORKFLOW_NAME" not in last.get("Arguments", {})
    lineage = workshop.daemon.get(f"/v1/job-runs/{last['Id']}")
    assert lineage["workflow"] is None
    assert workshop.daemon.get(f"/v1/runs/{lineage['run_id']}")["cause"]["trigger"] == "go"
    answer = workshop.daemon.ask("POST", f"/v1/runs/{lineage['run_id']}/resume", b'{"nodes": ["a"]}')
    assert (answer.status, "belongs to no workflow" in answer.document["message"]) == (400, True)


def test_a_lineage_outlives_the_daemon(starting: Starting, tmp_path: Path) -> None:
    """What a killed daemon's trigger began goes on under the next one."""
    (tmp_path / "jobs").mkdir()
    first = starting()
    shop = Workshop(first, tmp_path / "jobs")
    told, go = shop.pipe("told"), shop.pipe("go")
    shop.shell("a", "echo up > told", "read line < go")
    shop.shell("b", "echo after")
    outside(shop, "a", "b")
    shop.glue.start_trigger(Name="go")
    assert told.line() == "up"
    first.kill()
    shop.daemon = starting()
    go.send()
    assert newest(shop, "b")["TriggerName"] == "after-a"
    assert len(shop.glue.get_job_runs(JobName="a")["JobRuns"]) == 1
    shop.close()
