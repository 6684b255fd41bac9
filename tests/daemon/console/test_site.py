"""The console over HTTP: its headers, its files, its forms' protection, and its pages about errors."""

import re
from urllib.parse import quote

import pytest

from daemon.console.assets import FOLDER
from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, run_to_its_end
from tests.daemon.console.browser_forms import send, submit, token

MARKUP = '<script>alert("x")</script>'


def test_pages_run_nothing_but_our_own_files(served: Served) -> None:
    """Each page forbids inline scripts and styles, and holds none; its files are served and kept for ever."""
    page = served.ask("GET", "/console")
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert page.headers["cache-control"] == "no-store"
    text = page.body.decode()
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", text)
    files = set(re.findall(r'(?:src|href)="(/console/static/[^"#]+)', text))
    assert len(files) >= 3
    for path in files:
        answer = served.ask("GET", path)
        assert (answer.status, "immutable" in answer.headers["cache-control"]) == (200, True)


def test_the_style_sheet_is_whole() -> None:
    """A brace too many or too few silently takes the rule behind it away; each is closed where it should be."""
    text = re.sub(r"/\*.*?\*/", "", (FOLDER / "console.css").read_text(), flags=re.DOTALL)
    depth = 0
    for at, brace in ((match.start(), match[0]) for match in re.finditer(r"[{}]", text)):
        depth += 1 if brace == "{" else -1
        assert depth >= 0, text[max(0, at - 200) : at + 1]
    assert depth == 0


def test_an_old_page_gets_its_files_but_they_are_not_kept(served: Served) -> None:
    """After an update a page that is open asks for files under the old name."""
    answer = served.ask("GET", "/console/static/0000000000000000/page.js")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert served.ask("GET", "/console/static/0000000000000000/none.js").status == 404


def test_names_are_never_markup(served: Served) -> None:
    """What somebody called a workflow or a job is text on every page."""
    define_chain(served.glue, MARKUP, a="FAILED")
    run = run_to_its_end(served.glue, MARKUP)["WorkflowRunId"]
    for path in ("/console", f"/console/runs/{run}"):
        page = served.ask("GET", path).body.decode()
        assert "alert(" in page
        assert "<script>alert" not in page


def test_a_form_needs_the_token_of_its_page(served: Served) -> None:
    """Without the cookie, without the field or with another one it is refused; with both it is carried out."""
    known = token(served)
    cookie = {"Cookie": f"reglue_form={known}"}
    fields = {"theme": "dark", "times": "utc", "back": "/console/health"}
    path = "/console/preferences"
    assert send(served, path, {**fields, "token": known}, {}).status == 403
    assert send(served, path, fields, cookie).status == 403
    assert send(served, path, {**fields, "token": known[::-1]}, cookie).status == 403
    done = send(served, path, {**fields, "token": known}, cookie)
    assert (done.status, done.headers["location"]) == (303, "/console/health")
    assert "reglue_console=dark.utc" in done.headers["set-cookie"]


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/consoles", ""])
def test_a_form_leads_back_to_the_console_only(served: Served, back: str) -> None:
    """No link of somebody else's making can send a reader away through us."""
    assert submit(served, "/console/preferences", back=back).headers["location"] == "/console"


def test_preferences_shape_the_page(served: Served) -> None:
    """The theme and the way of writing times are on the page as the server sends it; nonsense is passed over."""
    page = served.ask("GET", "/console", headers={"Cookie": "reglue_console=dark.local"}).body
    assert b'data-theme="dark" data-times="local"' in page
    page = served.ask("GET", "/console", headers={"Cookie": 'reglue_console="><b>.x'}).body
    assert b'<html lang="en" data-times="relative">' in page


def test_errors_are_pages(served: Served) -> None:
    """What is not there is said on a page of the console, in words."""
    answer = served.ask("GET", "/console/runs/wr_none")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert b"There is no run with the id" in answer.body
    assert served.ask("GET", "/console/nowhere").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("tab", ["graph", "history", "grid", "triggers", "details"])
def test_every_tab_of_a_workflow_can_be_read(served: Served, tab: str) -> None:
    """Whatever its name; with a run that failed and one that resumed it."""
    name = f"a/b {tab} ✓"
    define_chain(served.glue, name, a=None, b="FAILED")
    run = run_to_its_end(served.glue, name)
    page = served.ask("GET", f"/console/workflows/{quote(name, safe='')}?tab={tab}")
    assert page.status == 200
    assert f'href="?tab={tab}" aria-current="page"' in page.body.decode()
    if tab in ("history", "grid"):
        assert run["WorkflowRunId"] in page.body.decode()


def test_history_keeps_to_its_filter(served: Served) -> None:
    """Runs of another outcome or another day are left out; a bad day is refused in words."""
    define_chain(served.glue, "filtered", a=None)
    run = run_to_its_end(served.glue, "filtered")["WorkflowRunId"]
    path = "/console/workflows/filtered?tab=history"
    assert run in served.ask("GET", f"{path}&outcome=SUCCEEDED&cause=API&since=2020-01-01").body.decode()
    for query in ("outcome=STOPPED", "cause=SCHEDULE", "until=2020-01-01", "since=2999-01-01"):
        rows = served.ask("GET", f"{path}&{query}").body.decode().partition("<tbody>")[2]
        assert run not in rows
    refused = served.ask("GET", f"{path}&since=yesterday")
    assert (refused.status, "YYYY-MM-DD" in refused.body.decode()) == (400, True)


def test_a_deleted_workflow_keeps_its_history(served: Served) -> None:
    """Its runs can still be read; nothing else is left of it."""
    define_chain(served.glue, "gone", a=None)
    run = run_to_its_end(served.glue, "gone")["WorkflowRunId"]
    served.glue.delete_workflow(Name="gone")
    page = served.ask("GET", "/console/workflows/gone?tab=graph").body.decode()
    assert run in page
    assert "Deleted" in page
    assert served.ask("GET", "/console/workflows/never-was").status == 404


def test_a_node_can_be_looked_at_with_and_without_its_page(served: Served) -> None:
    """The details stand on the page that links to them, and alone for scripts; an unknown node is not there."""
    define_chain(served.glue, "looked", a="FAILED", b=None)
    run = run_to_its_end(served.glue, "looked")["WorkflowRunId"]
    node = "JOB%3Alooked-a"
    for path in (f"/console/runs/{run}?node={node}", f"/console/runs/{run}/node?key={node}"):
        details = served.ask("GET", path).body.decode()
        assert 'value="JOB:looked-a" data-pick' in details
    never = served.ask("GET", f"/console/runs/{run}/node?key=JOB%3Alooked-b").body.decode()
    assert "It was never attempted" in never
    assert served.ask("GET", f"/console/runs/{run}/node?key=JOB%3Anone").status == 404


def test_a_path_that_leads_nowhere_has_a_page(served: Served) -> None:
    """It says so in the reader's words, and leads back; nothing of the address counts as markup."""
    missed = served.ask("GET", "/console/nowhere/%3Cb%3E")
    assert missed.status == 404
    assert "The console has no page at /console/nowhere/&lt;b&gt;." in missed.body.decode()
    assert submit(served, "/console/no-such-form").status == 404
