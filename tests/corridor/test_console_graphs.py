"""Large graphs and lasting pages in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.corridor.browser import Reader, launched
from tests.corridor.conftest import Starting
from tests.corridor.daemons import Daemon
from tests.corridor.waiting import until

JOB = {"Role": "r", "Command": {"Name": "shell", "ScriptLocation": "/none"}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this module."""
    with launched() as browser:
        yield browser


def fan(glue: Any, name: str, jobs: int) -> str:
    """A workflow in which one job is followed by so many others, and its run, which has ended."""
    glue.create_job(Name=f"{name}-first", **JOB)
    for number in range(jobs):
        glue.create_job(Name=f"{name}-{number}", **JOB)
    glue.create_workflow(Name=name)
    glue.create_trigger(
        Name=f"{name}-start", Type="ON_DEMAND", WorkflowName=name, Actions=[{"JobName": f"{name}-first"}]
    )
    condition = {"LogicalOperator": "EQUALS", "JobName": f"{name}-first", "State": "SUCCEEDED"}
    for number in range(jobs):
        glue.create_trigger(
            Name=f"{name}-t{number}",
            Type="CONDITIONAL",
            WorkflowName=name,
            StartOnCreation=True,
            Predicate={"Conditions": [condition]},
            Actions=[{"JobName": f"{name}-{number}"}],
        )
    run_id = str(glue.start_workflow_run(Name=name)["RunId"])
    run = {"Name": name, "RunId": run_id}
    until(lambda: glue.get_workflow_run(**run)["Run"]["Status"], lambda status: status == "COMPLETED")
    return run_id


@pytest.mark.slow
def test_a_thousand_boxes_can_be_searched_and_read(browser: Browser, noop: Daemon) -> None:
    """All are drawn; a search finds one, centres and selects it; the map shows where one is."""
    run = fan(noop.glue, "wide", 499)
    reader = Reader(browser, noop.url)
    page = reader.page
    page.goto(f"/console/runs/{run}")
    expect(page.locator(".box")).to_have_count(1000)
    expect(page.locator("[data-minimap]")).to_be_visible()
    before = page.locator("[data-graph]").get_attribute("viewBox")
    page.get_by_label("Find a node").fill("wide-417")
    expect(page.locator("[data-found]")).to_have_text("1 found")
    page.get_by_label("Find a node").press("Enter")
    expect(page.locator("#details h2")).to_contain_text("wide-417")
    assert page.locator("[data-graph]").get_attribute("viewBox") != before
    expect(page.locator('.box[data-key="JOB:wide-417"]')).to_be_in_viewport()
    reader.close()


@pytest.mark.slow
def test_larger_graphs_are_folded_and_opened(browser: Browser, noop: Daemon) -> None:
    """Alike nodes share a box with their count; selecting it shows them."""
    run = fan(noop.glue, "huge", 760)
    reader = Reader(browser, noop.url)
    page = reader.page
    page.goto(f"/console/runs/{run}")
    expect(page.locator(".box")).to_have_count(4)
    group = page.locator('.box[data-kind="group"]').last
    expect(group).to_contain_text("760 jobs")
    group.click()
    expect(page.locator('.box[data-key="JOB:huge-759"]')).to_have_count(1)
    reader.close()


def test_a_page_outlives_the_daemon(browser: Browser, starting: Starting) -> None:
    """A form that was open while the daemon was restarted on the same address can still be sent."""
    first = starting("--executor", "noop")
    first.glue.create_workflow(Name="lasting")
    address = first.url.removeprefix("http://")
    reader = Reader(browser, first.url)
    page = reader.page
    page.goto("/console/start-run?workflow=lasting")
    page.get_by_label("Run properties").fill("kept=yes")
    first.stop()
    second = starting("--executor", "noop", "--listen", address)
    page.get_by_role("button", name="Start run").click()
    page.wait_for_url("**/console/runs/wr_*")
    run = second.get(f"/v1/runs/{page.url.rpartition('/')[2]}")
    assert run["properties"] == {"kept": "yes"}
    reader.close()


@pytest.mark.slow
def test_large_graphs_show_only_what_is_in_sight(browser: Browser, noop: Daemon) -> None:
    """A page of a thousand boxes lays out the few dozen in sight, also after a move; without scripts all are there, and
    the table has a page of the nodes. How long the page takes is printed, and is below a minute on any machine."""
    run = fan(noop.glue, "sparse", 499)
    reader = Reader(browser, noop.url)
    page = reader.page
    page.goto(f"/console/runs/{run}")
    drawn = "[...document.querySelectorAll('.box')].filter((box) => box.getClientRects().length).length"
    assert 0 < page.evaluate(drawn) < 150
    expect(page.locator('.box[data-key="TRIGGER:sparse-start"]')).to_be_in_viewport()
    assert page.evaluate("document.querySelectorAll('*').length") < 12_000
    page.get_by_label("Find a node").fill("sparse-417")
    expect(page.locator('.box[data-key="JOB:sparse-417"]')).to_be_in_viewport()
    assert 0 < page.evaluate(drawn) < 150
    page.get_by_role("button", name="Fit").click()
    expect(page.locator("[data-graph]")).to_have_attribute("data-far", "")
    assert page.evaluate(drawn) == 1000
    millis = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    print(f"A run of 1,000 boxes was loaded in {millis:.0f} ms.")
    assert millis < 60_000
    reader.close()
    plain = Reader(browser, noop.url, java_script_enabled=False)
    plain.page.goto(f"/console/runs/{run}")
    assert plain.page.locator(".box:visible").count() == 1000
    plain.close()


@pytest.mark.slow
def test_tables_of_nodes_are_turned_and_searched(browser: Browser, noop: Daemon) -> None:
    """The page stays as it is; what was picked on one page of the table goes along from another, with scripts or
    without; a row's name selects its node."""
    run = fan(noop.glue, "rows", 150)
    for scripts in (True, False):
        reader = Reader(browser, noop.url, java_script_enabled=scripts)
        page = reader.page
        page.goto(f"/console/runs/{run}")
        page.get_by_text("All nodes as a table").click()
        rows = page.locator("tr[data-row]")
        expect(rows).to_have_count(100)
        page.get_by_role("checkbox", name="Resume from rows-1", exact=True).check()
        page.get_by_role("button", name="Next").click()
        expect(rows).to_have_count(51)
        page.get_by_role("checkbox", name="Resume from rows-99").check()
        page.get_by_label("Name").fill("rows-9")
        page.get_by_label("Name").press("Enter")
        expect(rows).to_have_count(11)
        page.locator('[data-select="JOB:rows-93"]').click()
        expect(page.locator("#details h2")).to_contain_text("rows-93")
        page.get_by_role("button", name="Review the resume").click()
        expect(page.get_by_role("heading", name="Runs: 2 nodes")).to_be_visible()
        reader.close()
