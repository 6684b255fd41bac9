"""What failed first, a run's events as a table, and the tree of its resumes, on pages."""

import json
import re
from html import unescape

from daemon.console.pages.run_tabs.lineage import in_tree
from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, run_to_its_end
from tests.daemon.api.test_v1_frames import repaired


def page_of(served: Served, run: str, query: str) -> str:
    """A run's page, as somebody reads it."""
    answer = served.ask("GET", f"/console/runs/{run}?{query}")
    assert answer.status == 200, answer
    return unescape(answer.body.decode())


def test_what_failed_first_stands_above_everything(served: Served) -> None:
    """The page names the failure, its error, its log, and how much never ran because of it; a good run has no such
    notice, nor has one that is looked at before its end."""
    define_chain(served.glue, "rooted", a=None, b="FAILED", c=None, d=None)
    run = run_to_its_end(served.glue, "rooted")["WorkflowRunId"]
    page = page_of(served, run, "tab=events")
    assert "1 failed, 2 never ran because of it" in page
    assert "The job was asked to fail by its argument --outcome FAILED." in page
    assert f"/console/runs/{run}?node=JOB%3Arooted-b#details" in page
    assert re.search(r'href="/console/job-runs/jr_[^"]*">Logs', page)
    positions = re.findall(r'href="\?at=(\d+)"', page)
    assert "never ran because" not in page_of(served, run, f"at={positions[3]}")
    define_chain(served.glue, "well", a=None)
    assert "failures-heading" not in page_of(served, run_to_its_end(served.glue, "well")["WorkflowRunId"], "")


def test_events_are_told_in_words_and_whole(served: Served) -> None:
    """Each event has its sequence, which leads to that moment, what happened, who, and its JSON as in /v1."""
    run, _ = repaired(served, "worded")
    known = served.get(f"/v1/runs/{run}/events?limit=1000")["events"]
    page = page_of(served, run, "tab=events")
    assert re.findall(r'href="\?at=(\d+)"', page) == [event["sequence"] for event in known]
    assert "worded-b FAILED" in page
    shown = [json.loads(text) for text in re.findall(r'<pre class="json"[^>]*>(.*?)</pre>', page, re.DOTALL)]
    assert shown == known
    lines = served.ask("GET", f"/console/runs/{run}/events.ndjson")
    assert f'filename="{run}.ndjson"' in lines.headers["content-disposition"]
    assert [json.loads(line) for line in lines.body.splitlines()] == known


def test_events_are_filtered_and_paged(served: Served) -> None:
    """By words and by type; a large run has pages, and each event stands on one of them."""
    define_chain(served.glue, "paged", **dict.fromkeys([f"n{number:02}" for number in range(40)]))
    run = run_to_its_end(served.glue, "paged")["WorkflowRunId"]
    known = [event["sequence"] for event in served.get(f"/v1/runs/{run}/events?limit=1000")["events"]]
    found: list[str] = []
    query = "tab=events"
    while query:
        page = page_of(served, run, query)
        found += re.findall(r'href="\?at=(\d+)"', page)
        later = re.search(r'href="\?([^"]*)">Later events', page)
        query = later[1] if later else ""
    assert found == known
    some = page_of(served, run, "tab=events&text=PAGED-n07&type=node.completed")
    assert len(re.findall(r'href="\?at=', some)) == 1
    assert "paged-n07 SUCCEEDED" in some
    assert "No event fits" in page_of(served, run, "tab=events&text=nothing+of+the+kind")


def test_lineage_tells_what_each_run_did(served: Served) -> None:
    """The tree has every run; the resumed one says where it was resumed and that one result is the first run's."""
    first, resumed = repaired(served, "descended")
    for run in (first, resumed):
        page = page_of(served, run, "tab=lineage")
        tree = page.partition("<tbody>")[2].partition("</tbody>")[0]
        assert re.findall(r'<tr data-key="([^"]*)"', tree) == [first, resumed]
        assert f'data-key="{run}" aria-current' in tree
        assert f"/console/runs/{resumed}?node=JOB%3Adescended-b#details" in tree
    results = page_of(served, resumed, "tab=lineage").partition("results-heading")[2]
    assert f"/console/runs/{first}?node=JOB%3Adescended-a#details" in results
    assert f"/console/runs/{resumed}?node=JOB%3Adescended-b#details" in results


def test_a_tree_puts_each_run_below_the_one_it_resumed() -> None:
    """Whatever the order in which they began; a resume of a resume stands deeper."""
    runs = [{"run_id": one, "previous_run_id": before} for one, before in ("a-", "ba", "ca", "db", "ec")]
    found = [(run["run_id"], depth) for run, depth in in_tree(runs)]
    assert found == [("a", 0), ("b", 1), ("d", 2), ("c", 1), ("e", 2)]


def test_a_run_says_how_its_workflow_differs_today(served: Served) -> None:
    """Its graph is the one it began with; what was added, changed and removed since is told above it."""
    define_chain(served.glue, "redrawn", a=None, b=None)
    run = run_to_its_end(served.glue, "redrawn")["WorkflowRunId"]
    assert "Since then" not in page_of(served, run, "")
    served.glue.create_trigger(
        Name="redrawn-more",
        Type="CONDITIONAL",
        WorkflowName="redrawn",
        Predicate={"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "redrawn-b", "State": "SUCCEEDED"}]},
        Actions=[{"JobName": "redrawn-c"}],
    )
    assert "Since then: 1 node added (redrawn-c), 1 trigger added (redrawn-more)." in page_of(served, run, "")
    served.glue.delete_workflow(Name="redrawn")
    assert "Since then: the workflow is deleted." in page_of(served, run, "")
