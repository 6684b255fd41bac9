"""Airflow, which knows nothing of reglue: its operators run jobs and crawls to their ends, and say how those went."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corridor.airflow_worker import AirflowWorker, Ended
from tests.corridor.daemons import Daemon
from tests.house.tree import ROOT

PAGE = "docs/airflow.md"
PAGES_ADDRESS = "http://127.0.0.1:8484"
ROLE = "arn:aws:iam::123456789012:role/any"
SCRIPT = """
import sys
print("says", *sys.argv[1:3])
print("complains", file=sys.stderr, flush=True)
if "--fail" in sys.argv:
    sys.exit("broke")
if "--hang" in sys.argv:
    sys.stdin.close()
    import signal
    signal.pause()
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # Airflow alone takes seconds to start, and to make a client


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that runs jobs and crawls as processes."""
    daemon = Daemon(tmp_path_factory.mktemp("state"))
    yield daemon
    daemon.stop()


@pytest.fixture(scope="module")
def airflow(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowWorker]:
    """Airflow with the connection of the documentation."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    connection = re.search(r"AIRFLOW_CONN_AWS_DEFAULT='(.*?)'", page, re.DOTALL)
    assert connection is not None, f"{PAGE} shows no connection"
    assert PAGES_ADDRESS in connection[1], f"the connection of {PAGE} names no daemon"
    worker = AirflowWorker(connection[1].replace(PAGES_ADDRESS, daemon.url), tmp_path_factory.mktemp("airflow"))
    yield worker
    worker.close()


@pytest.fixture
def script(tmp_path: Path) -> str:
    """The script of the job."""
    path = tmp_path / "job.py"
    path.write_text(SCRIPT)
    return str(path)


def ran(airflow: AirflowWorker, job: str, script: str, **arguments: Any) -> Ended:
    """A GlueJobOperator, which defines the job unless it is there."""
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": script}
    tags = arguments.pop("tags", {"team": "a"})
    given: dict[str, Any] = {"iam_role_arn": ROLE, "job_poll_interval": 0.1, "num_of_dpus": 0.0625, "verbose": True}
    settings: dict[str, Any] = {"create_job_kwargs": {"Command": command, "Tags": tags}}
    return airflow.run("GlueJobOperator", job_name=job, **given | settings | arguments)


def tags_of(daemon: Daemon, kind: str, name: str) -> dict[str, str]:
    """The tags of a job or crawler."""
    tags: dict[str, str] = daemon.glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:123456789012:{kind}/{name}")[
        "Tags"
    ]
    return tags


def test_a_job_is_defined_run_and_read(airflow: AirflowWorker, daemon: Daemon, script: str) -> None:
    """The operator defines the job, runs it with its arguments, and shows both streams of its output once."""
    ended = ran(airflow, "made", script, script_args={"--day": "monday"})
    run = daemon.glue.get_job_run(JobName="made", RunId=ended.answer)["JobRun"]
    assert (run["JobRunState"], run["Arguments"]["--day"]) == ("SUCCEEDED", "monday")
    assert ended.log.count("says --day monday") == 1
    assert ended.log.count("complains") == 1
    job = daemon.glue.get_job(JobName="made")["Job"]
    assert (job["Role"], job["MaxCapacity"], job["ExecutionProperty"]) == (ROLE, 0.0625, {"MaxConcurrentRuns": 1})
    assert tags_of(daemon, "job", "made") == {"team": "a"}
    sensed = airflow.run("GlueJobSensor", job_name="made", run_id=ended.answer, verbose=True, poke_interval=1)
    assert (sensed.raised, sensed.log.count("says --day monday")) == ("", 1)


def test_a_job_that_fails_fails_its_task(airflow: AirflowWorker, script: str) -> None:
    """The operator raises, and what the job said is in the task's log."""
    ended = ran(airflow, "failing", script, script_args={"--fail": "yes"})
    assert ended.raised.startswith("AirflowException: Exiting Job jr_")
    assert ended.raised.endswith("Run State: FAILED")
    assert "broke" in ended.log


def test_a_role_may_be_given_by_name(airflow: AirflowWorker, daemon: Daemon, script: str) -> None:
    """The operator asks for the role's ARN before it defines the job."""
    ended = ran(airflow, "roled", script, iam_role_arn=None, iam_role_name="GlueRole")
    assert ended.raised == ""
    assert daemon.glue.get_job(JobName="roled")["Job"]["Role"] == "arn:aws:iam::123456789012:role/GlueRole"


def test_a_job_is_changed(airflow: AirflowWorker, daemon: Daemon, script: str) -> None:
    """With update_config definition and tags follow the operator, and nothing is changed where nothing differs."""
    ran(airflow, "changed", script, tags={"team": "a", "old": "yes"})
    ended = ran(airflow, "changed", script, update_config=True, job_desc="new", tags={"team": "b"})
    assert "Updated configurations: {'Description': 'new'}" in ended.log
    assert daemon.glue.get_job(JobName="changed")["Job"]["Description"] == "new"
    assert tags_of(daemon, "job", "changed") == {"team": "b"}
    again = ran(airflow, "changed", script, update_config=True, job_desc="new", tags={"team": "b"})
    assert (again.raised, "Updated configurations" in again.log) == ("", False)


def test_a_killed_task_stops_its_job(airflow: AirflowWorker, daemon: Daemon, script: str) -> None:
    """What Airflow kills is stopped; an operator that waits for a stopped job raises."""
    hanging = {"script_args": {"--hang": "yes"}, "stop_job_run_on_kill": True, "wait_for_completion": False}
    ended = ran(airflow, "hanging", script, kill=True, **hanging)
    assert (ended.raised, "Failed to stop" in ended.log) == ("", False)
    sensed = airflow.run("GlueJobSensor", job_name="hanging", run_id=ended.answer, poke_interval=1)
    assert "STOPPED" in sensed.log
    assert daemon.glue.get_job_run(JobName="hanging", RunId=ended.answer)["JobRun"]["JobRunState"] == "STOPPED"


def test_a_crawler_is_defined_changed_and_run(airflow: AirflowWorker, daemon: Daemon, tmp_path: Path) -> None:
    """The crawl makes its table, and its metrics are in the task's log."""
    lake = tmp_path / "lake" / "orders"
    lake.mkdir(parents=True)
    (lake / "a.csv").write_text("id,word\n1,a\n2,b\n")
    config: dict[str, Any] = {
        "Name": "orders",
        "Role": ROLE,
        "DatabaseName": "lake",
        "Tags": {"team": "a", "old": "yes"},
    }
    config["Targets"] = {"S3Targets": [{"Path": str(lake)}]}
    assert airflow.run("GlueCrawlerCreateOperator", config=config).answer == "orders"
    changes = {"Description": "new", "Tags": {"team": "b"}}
    assert airflow.run("GlueCrawlerUpdateOperator", config=config | changes).answer == "orders"
    assert daemon.glue.get_crawler(Name="orders")["Crawler"]["Description"] == "new"
    assert tags_of(daemon, "crawler", "orders") == {"team": "b"}
    ended = airflow.run("GlueCrawlerRunOperator", crawler_name="orders", poll_interval=1)
    assert (ended.answer, ended.raised) == ("orders", "")
    assert re.search(r"Status: SUCCEEDED.*Tables Created: 1\b.*Tables Deleted: 0", ended.log, re.DOTALL)
    assert [table["Name"] for table in daemon.glue.get_tables(DatabaseName="lake")["TableList"]] == ["orders"]
    assert airflow.run("GlueCrawlerSensor", crawler_name="orders", poke_interval=1).raised == ""


def test_a_crawl_that_fails_fails_its_task(airflow: AirflowWorker, tmp_path: Path) -> None:
    """A crawl of what is not there raises."""
    config: dict[str, Any] = {"Name": "lost", "Role": ROLE, "DatabaseName": "lost"}
    config |= {"Targets": {"S3Targets": [{"Path": str(tmp_path / "absent")}]}}
    airflow.run("GlueCrawlerCreateOperator", config=config)
    ended = airflow.run("GlueCrawlerRunOperator", crawler_name="lost", poll_interval=1)
    assert "FAILED" in ended.raised
