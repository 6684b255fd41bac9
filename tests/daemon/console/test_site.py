"""The console over HTTP: its headers, its files, its forms' protection, and its pages about errors."""

import re

from tests.daemon.api.glue_requests import define_chain, run_to_its_end
from tests.daemon.api.serving import Answer, Served

MARKUP = '<script>alert("x")</script>'


def form(served: Served, path: str, fields: str, headers: dict[str, str]) -> Answer:
    """Sends a form as a browser does."""
    return served.ask("POST", path, fields.encode(), {"Content-Type": "application/x-www-form-urlencoded", **headers})


def token(served: Served) -> str:
    """The token that the daemon gives to a browser it does not know."""
    cookie = served.ask("GET", "/console").headers["set-cookie"]
    return cookie.partition("reglue_form=")[2].partition(";")[0]


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
    fields = "theme=dark&times=utc&back=/console/health"
    assert form(served, "/console/preferences", f"{fields}&token={known}", {}).status == 403
    assert form(served, "/console/preferences", fields, cookie).status == 403
    assert form(served, "/console/preferences", f"{fields}&token={known[::-1]}", cookie).status == 403
    done = form(served, "/console/preferences", f"{fields}&token={known}", cookie)
    assert (done.status, done.headers["location"]) == (303, "/console/health")
    assert "reglue_console=dark.utc" in done.headers["set-cookie"]


def test_a_form_leads_back_to_the_console_only(served: Served) -> None:
    """No link of somebody else's making can send a reader away through us."""
    known = token(served)
    for back in ("//evil.example", "https://evil.example", "/consoles", ""):
        done = form(served, "/console/preferences", f"back={back}&token={known}", {"Cookie": f"reglue_form={known}"})
        assert done.headers["location"] == "/console"


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
