"""Jobs on pages: what they are, what they did, what they wrote, and running them."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from daemon.console.log_pages import tail
from daemon.console.pages.jobs import JOBS_ON_A_PAGE
from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, run_to_its_end
from tests.daemon.api.serving import serving, until
from tests.daemon.console.browser_forms import submit


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Served]:
    """A daemon whose jobs are processes."""
    with serving(tmp_path / "state", executor="process") as daemon:
        yield daemon


def ended(served: Served, job_run: str) -> Any:
    """The job run's document once it has ended."""
    return until(lambda: served.get(f"/v1/job-runs/{job_run}"), lambda found: found["completed_at"] is not None)


def test_jobs_show_where_they_run(served: Served) -> None:
    """The list and the job's page lead to its workflow and to its runs."""
    define_chain(served.glue, "jobbing", a="FAILED")
    run = run_to_its_end(served.glue, "jobbing")
    for path in ("/console/jobs", "/console/jobs/jobbing-a"):
        page = served.ask("GET", path).body.decode()
        assert 'href="/console/workflows/jobbing"' in page
        assert 'href="/console/job-runs/jr_' in page
    assert run["WorkflowRunId"] in served.ask("GET", "/console/jobs/jobbing-a").body.decode()
    assert served.ask("GET", "/console/jobs/none").status == 404


def test_a_job_is_run_with_its_arguments(process: Served, tmp_path: Path) -> None:
    """The form leads to a page with what the job writes; markup in it is text."""
    script = tmp_path / "job.sh"
    script.write_text('#!/bin/sh\necho "<b>$1 $2</b>"\n')
    script.chmod(0o755)
    process.glue.create_job(Name="say", Role="r", Command={"Name": "shell", "ScriptLocation": str(script)})
    done = submit(process, "/console/run-job", job="say", arguments="--word=hello")
    job_run = done.headers["location"].removeprefix("/console/job-runs/")
    assert ended(process, job_run)["state"] == "SUCCEEDED"
    page = process.ask("GET", f"/console/job-runs/{job_run}").body.decode()
    assert "&lt;b&gt;--word hello" in page
    assert "<b>--word" not in page


def test_a_refused_argument_keeps_the_form(served: Served) -> None:
    """What was written stays, with the reason."""
    define_chain(served.glue, "arguing", a=None)
    refused = submit(served, "/console/run-job", job="arguing-a", arguments="nonsense")
    assert (refused.status, ">nonsense</textarea>" in refused.body.decode()) == (400, True)
    assert "Line 1 of the arguments is &#39;nonsense&#39;: write --key=value." in refused.body.decode()
    assert submit(served, "/console/run-job", job="none", arguments="").status == 404


def test_a_job_run_is_stopped_from_its_page(process: Served, tmp_path: Path) -> None:
    """It ends STOPPED; one of another job is refused in words."""
    script = tmp_path / "long.sh"
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    script.chmod(0o755)
    process.glue.create_job(Name="long", Role="r", Command={"Name": "shell", "ScriptLocation": str(script)})
    job_run = process.glue.start_job_run(JobName="long")["JobRunId"]
    assert submit(process, "/console/stop-job-run", job="long", job_run=job_run).status == 303
    assert ended(process, job_run)["state"] == "STOPPED"
    assert submit(process, "/console/stop-job-run", job="other", job_run=job_run).status == 400


def test_the_end_of_a_log_begins_with_a_line(tmp_path: Path) -> None:
    """Whole lines only, and the place from where a follower reads on; a file that is not there is empty."""
    path = tmp_path / "stdout"
    assert tail(path) == ("", 0, 0)
    path.write_bytes(b"one\ntwo\nthree")
    assert tail(path) == ("one\ntwo\nthree", 13, 0)
    assert tail(path, 8) == ("three", 13, 8)
    assert tail(path, 10).text == "two\nthree"


def test_many_jobs_have_pages_and_are_found(served: Served) -> None:
    """Each job stands on one page of the list; a search keeps what fits, and says where nothing does."""
    names = [f"many-{number:03}" for number in range(JOBS_ON_A_PAGE + 5)]
    for name in names:
        served.glue.create_job(Name=name, Role="r", Command={"Name": "shell", "ScriptLocation": "/none"})
    found: list[str] = []
    query = "find=MANY-"
    while query:
        page = unescape(served.ask("GET", f"/console/jobs?{query}").body.decode())
        found += re.findall(r'<tr data-key="([^"]*)"', page)
        more = re.search(r'href="\?([^"]*)">More jobs', page)
        query = more[1] if more else ""
    assert found == names
    assert "No job fits" in served.ask("GET", "/console/jobs?find=nowhere").body.decode()
