"""The seed page's story in a real browser: J2 and J3 fail, are repaired, picked in the graph and resumed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.corridor import seed
from tests.corridor.browser import Reader, launched
from tests.corridor.workshop import Workshop

Visiting = Callable[..., Reader]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this module."""
    with launched() as browser:
        yield browser


@pytest.fixture
def visiting(browser: Browser, workshop: Workshop) -> Iterator[Visiting]:
    """Readers of the test's daemon, each with cookies of their own."""
    readers: list[Reader] = []

    def visit(**options: Any) -> Reader:
        readers.append(Reader(browser, workshop.daemon.url, **options))
        return readers[-1]

    yield visit
    for reader in readers:
        reader.close()


@pytest.fixture
def failed(workshop: Workshop) -> str:
    """A run of W1 in which J2 and J3 failed; what made them fail is repaired by now."""
    seed.define(workshop)
    run_id = str(workshop.glue.start_workflow_run(Name="W1")["RunId"])
    workshop.finished("W1", run_id)
    seed.repair(workshop, "J2", "J3")
    return run_id


def test_a_failed_run_is_resumed_from_its_graph(visiting: Visiting, workshop: Workshop, failed: str) -> None:
    """Seed: "select the Resume check box ... The node changes color and shows a small resume icon at the upper right".
    Then Resume run: the new run is complete, and the history shows the run that it resumed."""
    page = visiting().page
    page.goto("/console")
    page.get_by_role("link", name="W1").click()
    page.get_by_role("link", name="History").click()
    page.locator(f'a[href="/console/runs/{failed}"]').first.click()
    for job in ("J2", "J3"):
        box = page.locator(f'.box[data-key="JOB:{job}"]')
        expect(box).to_have_attribute("data-state", "failed")
        expect(box.locator(".resume-badge")).to_be_hidden()
        box.click()
        expect(page.locator("#details h2")).to_contain_text(job)
        page.get_by_role("checkbox", name="Resume", exact=False).first.check()
        expect(box).to_have_attribute("data-picked", "")
        expect(box.locator(".resume-badge")).to_be_visible()
    page.get_by_role("button", name="Resume run").click()
    expect(page.get_by_role("heading", name="Runs: 4 nodes")).to_be_visible()
    expect(page.get_by_role("heading", name="Taken over: 1 node")).to_be_visible()
    page.get_by_role("button", name="Resume run").click()
    page.wait_for_url("**/console/runs/wr_*")
    resumed = page.url.rpartition("/")[2]
    workshop.finished("W1", resumed)
    page.reload()
    expect(page.locator("[data-outcome]")).to_contain_text("Succeeded")
    assert page.locator(".box").count() == 10
    assert page.locator('.box[data-key="JOB:J1"]').get_attribute("data-copied") == ""
    page.goto("/console/workflows/W1?tab=history")
    first = page.locator("tbody tr").first
    expect(first.locator("td").nth(0)).to_contain_text(resumed[:15])
    expect(first.locator("td").nth(1)).to_contain_text(failed[:15])


def test_the_same_works_without_scripts(visiting: Visiting, workshop: Workshop, failed: str) -> None:
    """Links select, plain forms pick, preview and resume."""
    page = visiting(java_script_enabled=False).page
    page.goto(f"/console/runs/{failed}")
    page.locator('.box[data-key="JOB:J2"]').click()
    expect(page.locator("#details h2")).to_contain_text("J2")
    page.get_by_text("All nodes as a table").click()
    for job in ("J2", "J3"):
        page.get_by_role("checkbox", name=f"Resume from {job}").check()
    page.get_by_role("button", name="Review the resume").click()
    page.get_by_role("button", name="Resume run").click()
    page.wait_for_url("**/console/runs/wr_*")
    resumed = page.url.rpartition("/")[2]
    workshop.finished("W1", resumed)
    assert workshop.daemon.get(f"/v1/runs/{resumed}")["previous_run_id"] == failed


def test_the_same_works_by_keyboard_alone(visiting: Visiting, workshop: Workshop, failed: str) -> None:
    """Arrows walk along the edges, Enter selects, R picks; the rest are buttons."""
    page = visiting().page
    page.goto(f"/console/runs/{failed}")
    page.locator('.box[data-key="TRIGGER:T1"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('.box[data-key="JOB:J1"]')).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    job = str(page.evaluate("document.activeElement.dataset.key"))
    assert job in ("JOB:J2", "JOB:J3")
    page.keyboard.press("Enter")
    expect(page.locator("#details h2")).to_contain_text(job.partition(":")[2])
    page.keyboard.press("r")
    expect(page.locator(f'.box[data-key="{job}"]')).to_have_attribute("data-picked", "")
    page.get_by_role("button", name="Resume run").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Resume run").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/runs/wr_*")
    workshop.finished("W1", page.url.rpartition("/")[2])


def test_two_tabs_make_one_run(visiting: Visiting, workshop: Workshop, failed: str) -> None:
    """Both have the preview open; the first to press resumes, the second is told that it was."""
    reader = visiting()
    pages = (reader.page, reader.tab())
    for page in pages:
        page.goto(f"/console/runs/{failed}/resume?failed=1")
    for page in pages:
        page.get_by_role("button", name="Resume run").click()
    pages[0].wait_for_url("**/console/runs/wr_*")
    workshop.finished("W1", pages[0].url.rpartition("/")[2])
    expect(pages[1].get_by_role("alert")).to_be_visible()
    assert len(workshop.daemon.get("/v1/workflows/W1/runs")["runs"]) == 2


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_pages_keep_to_wcag(visiting: Visiting, failed: str, scheme: str, width: int) -> None:
    """axe finds nothing against WCAG 2.1 AA on any page, light or dark, wide or narrow, contrast included."""
    reader = visiting(color_scheme=scheme, viewport={"width": width, "height": 800})
    flaws = {}
    for path in (
        "/console",
        "/console/workflows/W1",
        *(f"/console/workflows/W1?tab={tab}" for tab in ("history", "grid", "triggers", "details")),
        f"/console/runs/{failed}?node=JOB:J2",
        *(f"/console/runs/{failed}?tab={tab}" for tab in ("timeline", "events", "lineage")),
        f"/console/runs/{failed}/resume?failed=1",
        "/console/start-run?workflow=W1",
        "/console/new-workflow",
        "/console/new-trigger?workflow=W1",
        "/console/edit-trigger?trigger=T2",
        "/console/jobs",
        "/console/jobs/J2",
        "/console/crawlers",
        "/console/catalog",
        "/console/health",
        "/console/nowhere",
    ):
        reader.page.goto(path)
        flaws[path] = reader.flaws()
    assert not {path: found for path, found in flaws.items() if found}


@pytest.mark.parametrize("width", [360, 800])
def test_pages_fit_narrow_windows(visiting: Visiting, failed: str, width: int) -> None:
    """Nothing makes the page itself scroll sideways: tables and graphs scroll within themselves."""
    page = visiting(viewport={"width": width, "height": 800}).page
    for path in (
        "/console",
        *(f"/console/workflows/W1?tab={tab}" for tab in ("graph", "history", "grid", "triggers", "details")),
        f"/console/runs/{failed}?node=JOB:J2",
        f"/console/runs/{failed}?tab=timeline",
        f"/console/runs/{failed}/resume?failed=1",
        "/console/edit-trigger?trigger=T2",
        "/console/jobs",
        "/console/jobs/J2",
        "/console/health",
    ):
        page.goto(path)
        spare = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert spare <= 0, path
