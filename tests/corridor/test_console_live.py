"""Pages that follow the log: changes come by themselves, a restart is told, and the past can be gone through."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.corridor.browser import Reader, launched
from tests.corridor.conftest import Starting
from tests.corridor.workshop import Workshop


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
