"""Resuming from pages: the preview, the plan that it carries out, and what is said when that cannot be."""

import re

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, run_to_its_end
from tests.daemon.console.browser_forms import submit


def failed_run(served: Served, name: str) -> str:
    """A run of a chain a, b, c in which b failed."""
    define_chain(served.glue, name, a=None, b="FAILED", c=None)
    return str(run_to_its_end(served.glue, name)["WorkflowRunId"])


def plan_on(page: str) -> str:
    """The token of the plan that a page shows."""
    found = re.search(r'name="plan" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def test_a_preview_tells_and_the_button_does_it(served: Served) -> None:
    """What runs, what is taken over, what was picked without need; then a new run of just that, once."""
    run = failed_run(served, "previewed")
    path = f"/console/runs/{run}/resume"
    picks = "pick=JOB%3Apreviewed-b"
    page = served.ask("GET", f"{path}?{picks}").body.decode()
    for text in ("Runs: 2 nodes", "Taken over: 1 node", "previewed-c"):
        assert text in page
    fields = {"pick": "JOB:previewed-b", "plan": plan_on(page)}
    done = [submit(served, path, **fields) for _ in range(2)]
    assert [answer.status for answer in done] == [303, 303]
    assert done[0].headers["location"] == done[1].headers["location"]
    resumed = served.get(f"/v1/runs/{done[0].headers['location'].removeprefix('/console/runs/')}")
    assert (resumed["previous_run_id"], resumed["by"]) == (run, "console")


def test_a_resumed_run_says_as_what(served: Served) -> None:
    """Its page links the runs that were made from it, and offers to do it once more in fewer colours."""
    run = failed_run(served, "linked")
    path = f"/console/runs/{run}"
    before = served.ask("GET", path).body.decode()
    assert ("Resume what failed" in before, "Resumed as" in before) == (True, False)
    made = []
    for _ in range(4):
        plan = plan_on(served.ask("GET", f"{path}/resume?pick=JOB%3Alinked-a").body.decode())
        made.append(submit(served, f"{path}/resume", pick="JOB:linked-a", plan=plan).headers["location"])
        after = served.ask("GET", path).body.decode()
        told = after.partition("Resumed as")[2].partition("</div>")[0]
        assert [one in told for one in made] == [True] * len(made) if len(made) < 4 else [False] * 3 + [True]
    assert ("Resume again" in after, "4 runs" in told) == (True, True)


def test_a_plan_that_is_out_of_date_is_refused(served: Served) -> None:
    """Somebody else resumed the run meanwhile: the page says so and shows no button that would do it blindly."""
    run = failed_run(served, "raced")
    path = f"/console/runs/{run}/resume"
    first, second = (plan_on(served.ask("GET", f"{path}?failed=1").body.decode()) for _ in range(2))
    assert submit(served, path, failed="1", plan=first).status == 303
    if first != second:
        refused = submit(served, path, failed="1", plan=second)
        assert refused.status in (400, 409)
        assert "The run cannot be resumed like this" in refused.body.decode()


def test_changed_properties_are_previewed_and_kept(served: Served) -> None:
    """Only what differs from the run's own counts as changed."""
    run = failed_run(served, "changing")
    page = served.ask("GET", f"/console/runs/{run}/resume?failed=1&properties=day%3Dtuesday").body.decode()
    assert "<code>day</code>: (not set) → <strong>tuesday</strong>" in page
    done = submit(served, f"/console/runs/{run}/resume", failed="1", properties="day=tuesday", plan=plan_on(page))
    resumed = served.get(f"/v1/runs/{done.headers['location'].removeprefix('/console/runs/')}")
    assert resumed["properties"]["day"] == "tuesday"


def test_what_cannot_be_resumed_says_why(served: Served) -> None:
    """Nothing picked, a node that never ran upstream of nothing, a run that does not exist."""
    run = failed_run(served, "hopeless")
    assert "NodeIds is empty" in served.ask("GET", f"/console/runs/{run}/resume").body.decode()
    page = served.ask("GET", f"/console/runs/{run}/resume?pick=JOB%3Anone").body.decode()
    assert "The run cannot be resumed like this" in page
    assert served.ask("GET", "/console/runs/wr_none/resume?failed=1").status == 404
