"""The replay of a run: the assignments that scripts lay over the picture give the page as of each position."""

import re

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, run_to_its_end
from tests.daemon.api.test_v1_frames import repaired

Drawn = dict[str, tuple[str, str, bool, bool]]
"""Style, small print, whether it was taken over, whether it can be resumed from; by vertex."""

BOX = re.compile(r'<a class="box".*?</a>', re.DOTALL)


def drawn(page: str) -> Drawn:
    """What a page has drawn."""
    found = {}
    for box in BOX.findall(page):
        key, style = re.findall(r'data-key="([^"]*)".*?data-state="([^"]*)"', box)[0]
        note = re.findall(r'class="note"[^>]*>([^<]*)<', box)[0]
        found[key] = (style, note, " data-copied" in box, " data-resumable" in box)
    return found


def replayed(served: Served, run: str) -> list[tuple[int, Drawn, str]]:
    """Position, looks and outcome after each event, as a script has them that reads the frames and nothing else."""
    page = served.get(f"/console/runs/{run}/frames")
    looks = [(one["style"], one["note"], one["copied"], one["resumable"]) for one in page["looks"]]
    shown = {page["vertices"][vertex]: looks[look] for vertex, look in page["beginning"]}
    found = []
    for _, sequence, _, _, _, vertex, look, _, _, outcome in page["frames"]:
        if vertex >= 0:
            shown = shown | {page["vertices"][vertex]: looks[look]}
        found.append((sequence, shown, page["outcomes"][outcome]["word"]))
    return found


def test_frames_give_the_page_as_of_each_event(served: Served) -> None:
    """In a run that failed and in the one that resumed it, what scripts lay over the picture is what the server draws
    for that position, and at the end what it draws for now."""
    for run in repaired(served, "replayed"):
        frames = replayed(served, run)
        assert len(frames) > 5
        for sequence, shown, outcome in frames:
            page = served.ask("GET", f"/console/runs/{run}?at={sequence}").body.decode()
            assert drawn(page) == shown
            assert f'</svg>{outcome}</span></span>\n  <div class="actions"' in page
        assert drawn(served.ask("GET", f"/console/runs/{run}").body.decode()) == frames[-1][1]


def test_an_earlier_moment_can_be_read_without_scripts(served: Served) -> None:
    """The page says which event it shows and links to the ones beside it and to now; what can only be done now is
    not offered."""
    define_chain(served.glue, "walked", a="FAILED", b=None)
    run = run_to_its_end(served.glue, "walked")["WorkflowRunId"]
    positions = [int(event["sequence"]) for event in served.get(f"/v1/runs/{run}/events")["events"]]
    path = f"/console/runs/{run}"
    for tab in ("graph", "timeline"):
        page = served.ask("GET", f"{path}?tab={tab}&at={positions[2]}").body.decode()
        assert f"Event 3 of {len(positions)}" in page
        assert f"at={positions[1]}" in page
        assert f"at={positions[3]}" in page
        assert "Back to now" in page
        assert "Run again" not in page
        last = served.ask("GET", f"{path}?tab={tab}").body.decode()
        assert f"at={positions[-1]}" in last
        assert "Run again" in last
    node = served.ask("GET", f"{path}?node=JOB%3Awalked-a&at={positions[-1]}").body.decode()
    assert "go back to now to resume it" in node


def test_a_moment_that_never_was_is_refused_on_a_page(served: Served) -> None:
    """A position before the run, after the log, or none at all is said in words."""
    define_chain(served.glue, "nowhere", a=None)
    run = run_to_its_end(served.glue, "nowhere")["WorkflowRunId"]
    for at, status, text in ((1, 404, "had not begun"), (10**12, 400, "newest event"), ("x", 400, "whole number")):
        answer = served.ask("GET", f"/console/runs/{run}?at={at}")
        assert (answer.status, text in answer.body.decode()) == (status, True)
    assert served.ask("GET", "/console/runs/wr_none/frames").status == 404


def test_parts_are_what_the_page_shows(served: Served) -> None:
    """Scripts ask for the head, the details and, where it is open, the table, and get them as the page has them."""
    define_chain(served.glue, "parted", a=None, b=None)
    run = run_to_its_end(served.glue, "parted")["WorkflowRunId"]
    path, query = f"/console/runs/{run}", "node=JOB%3Aparted-a"
    parts = served.ask("GET", f"{path}/parts?{query}").body.decode()
    assert re.findall(r'data-part="([^"]*)"', parts) == ["heading", "summary", "failures", "resume fields", "details"]
    whole = served.ask("GET", f"{path}/parts?table=1&{query}").body.decode()
    page = served.ask("GET", f"{path}?{query}").body.decode()
    table = re.compile(r'<form [^>]* data-part="nodes".*?</form>', re.DOTALL)
    assert table.findall(whole) == table.findall(page) != []
