"""Takes the pictures of docs/console.md: a real browser, a real daemon, the demo workflow (`make screenshots`)."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from daemon.cli.client import Client
from daemon.cli.demo_workflow import load
from tests.corridor.browser import launched
from tests.corridor.daemons import Daemon
from tests.corridor.waiting import until
from tests.house.tree import ROOT

FOLDER = ROOT / "docs" / "images"
WIDTH = 1280
FOLLOWING = "() => [...document.querySelectorAll('[data-stream]')].every((sign) => sign.dataset.live === 'live')"
HEIGHTS = {"workflows": 300, "run": 940, "run-dark": 940, "resume": 480, "timeline": 760, "history": 660, "grid": 480}


def ended(daemon: Daemon, run_id: str) -> str:
    """The run's id, once the run has ended."""
    until(lambda: daemon.get(f"/v1/runs/{run_id}")["completed_at"], lambda moment: moment is not None)
    return run_id


def furnish(daemon: Daemon, folder: Path) -> str:
    """A history worth looking at: failures, a resume, good runs, one that failed last. Answers the last run's id."""
    load(Client(daemon.url), folder)
    arriving = list((folder / "arriving").glob("*.csv"))
    start = daemon.glue.start_workflow_run
    failed = ended(daemon, start(Name="W1")["RunId"])
    for file in arriving:
        (folder / "input" / file.name).write_bytes(file.read_bytes())
    run = daemon.glue.get_workflow_run(Name="W1", RunId=failed, IncludeGraph=True)["Run"]
    bad = [n["UniqueId"] for n in run["Graph"]["Nodes"] if n["Name"] in ("J2", "J3")]
    ended(daemon, daemon.glue.resume_workflow_run(Name="W1", RunId=failed, NodeIds=bad)["RunId"])
    for _ in range(4):
        ended(daemon, start(Name="W1")["RunId"])
    for file in arriving:
        (folder / "input" / file.name).unlink()
    return ended(daemon, start(Name="W1")["RunId"])


def take(page: Page, name: str, path: str) -> None:
    """One picture of the window at a path, as high as what there is to see."""
    page.set_viewport_size({"width": WIDTH, "height": HEIGHTS[name]})
    page.goto(path)
    page.wait_for_load_state("load")
    page.wait_for_function(FOLLOWING)
    page.screenshot(path=FOLDER / f"{name}.png")


def pictures(browser: Browser, daemon: Daemon, run: str) -> None:
    """All pictures: light ones, and one dark."""
    for scheme, names in (("light", None), ("dark", ("run-dark",))):
        page = browser.new_context(base_url=daemon.url, color_scheme=scheme).new_page()  # type: ignore[arg-type]  # one of the two words it takes
        shown = {
            "workflows": "/console",
            "run": f"/console/runs/{run}?node=JOB:J2&pick=JOB:J2&pick=JOB:J3",
            "run-dark": f"/console/runs/{run}?node=JOB:J2&pick=JOB:J2&pick=JOB:J3",
            "resume": f"/console/runs/{run}/resume?pick=JOB:J2&pick=JOB:J3",
            "timeline": f"/console/runs/{run}?tab=timeline",
            "history": "/console/workflows/W1?tab=history",
            "grid": "/console/workflows/W1?tab=grid",
        }
        for name, path in shown.items():
            if (name in names) if names is not None else not name.endswith("-dark"):
                take(page, name, path)


def main() -> int:
    """Takes every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        daemon = Daemon(Path(folder) / "state")
        try:
            pictures(browser, daemon, furnish(daemon, Path(folder) / "demo"))
        finally:
            daemon.stop()
    print(f"wrote {len(list(FOLDER.glob('*.png')))} pictures to {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
