"""Pages that follow the log: changes come by themselves, a restart is told, and the past can be gone through."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.corridor.browser import Reader, launched
from tests.corridor.conftest import Starting
from tests.corridor.daemons import Daemon
from tests.corridor.workshop import Workshop

JOB = {"Role": "r", "Command": {"Name": "shell", "ScriptLocation": "/none"}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this module."""
    with launched() as browser:
        yield browser


def test_a_run_changes_under_the_readers_eyes(browser: Browser, workshop: Workshop) -> None:
    """Nobody reloads: a job ends, the next begins and ends, the run's outcome and its counts are there."""
    gate = workshop.pipe("gate")
    workshop.shell("first", "read line < gate")
    workshop.shell("second", "true")
    workshop.chain("eyes", "first", "second")
    run = workshop.start("eyes")
    reader = Reader(browser, workshop.daemon.url)
    page = reader.page
    page.goto(f"/console/runs/{run}")
    expect(page.locator("[data-live-word]")).to_have_text("live")
    expect(page.locator('.box[data-key="JOB:first"]')).to_have_attribute("data-state", "running")
    page.evaluate("document.body.dataset.sameDocument = 'yes'")
    gate.send()
    for job in ("first", "second"):
        expect(page.locator(f'.box[data-key="JOB:{job}"]')).to_have_attribute("data-state", "succeeded")
    expect(page.locator("[data-outcome]")).to_contain_text("Succeeded")
    assert page.evaluate("document.body.dataset.sameDocument") == "yes"
    reader.close()


def test_a_restart_under_an_open_page_is_told(browser: Browser, starting: Starting) -> None:
    """The page says that it is reconnecting, and is live again when the daemon is back on its address."""
    first = starting("--executor", "noop")
    first.glue.create_workflow(Name="open")
    reader = Reader(browser, first.url)
    page = reader.page
    page.goto("/console")
    expect(page.locator("[data-live-word]")).to_have_text("live")
    first.stop()
    expect(page.locator("[data-live-word]")).not_to_have_text("live")
    second = starting("--executor", "noop", "--listen", first.url.removeprefix("http://"))
    expect(page.locator("[data-live-word]")).to_have_text("live")
    second.glue.start_workflow_run(Name="open")
    expect(page.locator("tbody tr").first.locator('a[href^="/console/runs/wr_"]').first).to_be_visible()
    reader.close()


def test_the_slider_goes_through_what_happened(browser: Browser, workshop: Workshop) -> None:
    """Back at the start nothing has run; the address leads to this moment, without scripts too; at the end all has."""
    workshop.shell("only", "true")
    workshop.workflow("slid", "only")
    run = workshop.finished("slid", workshop.start("slid"))["WorkflowRunId"]
    reader = Reader(browser, workshop.daemon.url)
    page = reader.page
    page.goto(f"/console/runs/{run}")
    box, slider = page.locator('.box[data-key="JOB:only"]'), page.locator('input[type="range"]')
    expect(box).to_have_attribute("data-state", "succeeded")
    slider.focus()
    page.keyboard.press("Home")
    expect(box).to_have_attribute("data-state", "none")
    expect(page.locator("[data-live-word]")).to_have_text("replay")
    page.wait_for_url("**at=*")
    moment = page.url
    page.keyboard.press("End")
    expect(box).to_have_attribute("data-state", "succeeded")
    reader.close()
    plain = Reader(browser, workshop.daemon.url, java_script_enabled=False)
    plain.page.goto(moment)
    expect(plain.page.locator('.box[data-key="JOB:only"]')).to_have_attribute("data-state", "none")
    plain.close()


def live(page: Page, path: str) -> None:
    """Opens a page and waits until it follows the log."""
    page.goto(path)
    expect(page.locator("[data-live-word]")).to_have_text("live")


def test_definitions_change_under_the_readers_eyes(browser: Browser, noop: Daemon) -> None:
    """A workflow's triggers and details, a job, the catalog: what is changed elsewhere is there without a reload; a
    graph with other boxes is offered, for it would move under the reader's hands."""
    glue, reader = noop.glue, Reader(browser, noop.url)
    page = reader.page
    for job in ("seen-a", "seen-b"):
        glue.create_job(Name=job, **JOB)
    glue.create_workflow(Name="seen")
    condition = {"LogicalOperator": "EQUALS", "JobName": "seen-a", "State": "SUCCEEDED"}
    start = {"Type": "ON_DEMAND", "WorkflowName": "seen", "Actions": [{"JobName": "seen-a"}]}
    follow = {"Type": "CONDITIONAL", "WorkflowName": "seen", "Predicate": {"Conditions": [condition]}}
    glue.create_trigger(Name="seen-start", **start)
    live(page, "/console/workflows/seen?tab=triggers")
    glue.create_trigger(Name="seen-follow", **follow, Actions=[{"JobName": "seen-b"}])
    row = page.locator('tr[data-key="seen-follow"]')
    expect(row).to_contain_text("Created")
    glue.start_trigger(Name="seen-follow")
    expect(row).to_contain_text("Activated")
    live(page, "/console/workflows/seen?tab=details")
    glue.update_workflow(Name="seen", DefaultRunProperties={"day": "monday"})
    expect(page.get_by_text("monday")).to_be_visible()
    live(page, "/console/workflows/seen")
    box = page.locator('.box[data-key="TRIGGER:seen-follow"]')
    glue.stop_trigger(Name="seen-follow")
    expect(box).to_contain_text("deactivated")
    expect(page.locator("[data-redrawn]")).to_be_hidden()
    glue.start_workflow_run(Name="seen")
    expect(page.locator('[data-part="heading"] .badge')).to_contain_text("Succeeded")
    glue.delete_trigger(Name="seen-follow")
    page.locator("[data-redrawn] a").click()
    expect(box).to_have_count(0)
    live(page, "/console/jobs/seen-a")
    page.get_by_label("Arguments").fill("--half=written")
    glue.update_job(JobName="seen-a", JobUpdate={**JOB, "MaxRetries": 7})
    expect(page.locator('[data-part="definition"]')).to_contain_text("Retries7")
    expect(page.get_by_label("Arguments")).to_have_value("--half=written")
    live(page, "/console/catalog")
    glue.create_database(DatabaseInput={"Name": "shelf"})
    expect(page.get_by_role("heading", name="shelf")).to_be_visible()
    reader.close()


def test_a_later_page_of_the_history_tells_of_new_runs(browser: Browser, noop: Daemon) -> None:
    """The list stays as it is; a link says how many runs began since, and leads to them."""
    noop.glue.create_workflow(Name="long")
    for _ in range(51):
        noop.glue.start_workflow_run(Name="long")
    reader = Reader(browser, noop.url)
    page = reader.page
    page.goto("/console/workflows/long?tab=history")
    page.get_by_role("link", name="Older runs").click()
    expect(page.locator("[data-live-word]")).to_have_text("live")
    expect(page.locator("tr[data-key]")).to_have_count(1)
    for _ in range(2):
        noop.glue.start_workflow_run(Name="long")
    expect(page.get_by_role("link", name="2 new runs")).to_be_visible()
    expect(page.locator("tr[data-key]")).to_have_count(1)
    page.get_by_role("link", name="2 new runs").click()
    expect(page.locator("tr[data-key]")).to_have_count(50)
    reader.close()


def test_what_is_half_written_outlives_another_log(browser: Browser, starting: Starting, tmp_path: Path) -> None:
    """A daemon with another log takes the address over: a page is loaded anew by itself, but one with a half-written
    form says that it is out of date and keeps what was written."""
    first = starting("--executor", "noop")
    first.glue.create_job(Name="written", **JOB)
    reader = Reader(browser, first.url)
    written, read = reader.page, reader.tab()
    live(written, "/console/jobs/written")
    live(read, "/console/jobs")
    written.get_by_label("Arguments").fill("--half=written")
    first.stop()
    second = Daemon(tmp_path / "other", "--executor", "noop", "--listen", first.url.removeprefix("http://"))
    expect(written.locator("[data-live-word]")).to_contain_text("out of date")
    expect(written.get_by_label("Arguments")).to_have_value("--half=written")
    expect(written.get_by_role("link", name="load the page anew")).to_be_visible()
    expect(read.get_by_role("heading", name="There is no job yet")).to_be_visible()
    second.stop()
    reader.close()


def test_bars_follow_the_slider_as_it_moves(browser: Browser, workshop: Workshop) -> None:
    """Each step of the slider shows the bars as of that event, before the server is asked for anything; what has not
    begun has no bar, what was under way is open, and the end is as it was."""
    workshop.shell("early", "true")
    workshop.shell("late", "true")
    workshop.chain("bars", "early", "late")
    run = workshop.finished("bars", workshop.start("bars"))["WorkflowRunId"]
    reader = Reader(browser, workshop.daemon.url)
    page = reader.page
    page.goto(f"/console/runs/{run}?tab=timeline")
    early, late = (page.locator(f'.bar[data-row="JOB:{job}"]') for job in ("early", "late"))
    expect(late).to_be_visible()
    slider = page.locator('input[type="range"]')
    slider.focus()
    page.route("**/runs/*?*at=*", lambda route: route.abort())
    page.keyboard.press("Home")
    expect(early).to_be_hidden()
    expect(late).to_be_hidden()
    events = workshop.daemon.get(f"/v1/runs/{run}/events?limit=100")["events"]
    begun = next(at for at, one in enumerate(events) if "node.started" in one["type"])
    for _ in range(begun):
        page.keyboard.press("ArrowRight")
    expect(early).to_have_attribute("data-open", "")
    expect(early).to_have_attribute("data-state", "running")
    expect(late).to_be_hidden()
    page.keyboard.press("End")
    expect(early).to_have_attribute("data-state", "succeeded")
    expect(late).to_be_visible()
    assert early.get_attribute("data-open") is None
    reader.close()
