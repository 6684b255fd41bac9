"""The table of a run's nodes: a page of it at a time, found by name and state, with what was picked kept."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from daemon.console.pages.run_tabs.node_table import ROWS_ON_A_PAGE
from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, run_to_its_end

MORE = 20


def rows_of(page: str) -> list[str]:
    """The nodes that the table shows."""
    return re.findall(r'<tr data-row="([^"]*)"', page)


def page_of(served: Served, run: str, query: str) -> str:
    """A run's page."""
    answer = served.ask("GET", f"/console/runs/{run}?{query}")
    assert answer.status == 200, answer
    return unescape(answer.body.decode())


def wide(served: Served, name: str) -> str:
    """A run of more nodes than one page of the table holds, of which the last fails."""
    nodes: dict[str, str | None] = {f"n{number:03}": None for number in range(ROWS_ON_A_PAGE + MORE - 1)}
    define_chain(served.glue, name, **nodes, last="FAILED")
    return str(run_to_its_end(served.glue, name)["WorkflowRunId"])


def test_each_node_stands_on_one_page(served: Served) -> None:
    """A page has a hundred rows, the last the rest; one after the last is the last, and a word is no page."""
    run = wide(served, "turned")
    first, second = (rows_of(page_of(served, run, f"page={number}")) for number in (1, 2))
    assert (len(first), len(second)) == (ROWS_ON_A_PAGE, MORE)
    assert len({*first, *second}) == ROWS_ON_A_PAGE + MORE
    assert rows_of(page_of(served, run, "page=99")) == second
    assert "101 to 120 of 120" in page_of(served, run, "page=2")
    assert served.ask("GET", f"/console/runs/{run}?page=two").status == 400


def test_nodes_are_found_by_name_and_state(served: Served) -> None:
    """The table is open where something is looked for, and says how many fit; where none does, that."""
    run = wide(served, "sought")
    named = page_of(served, run, "find=N00")
    assert rows_of(named) == [f"JOB:sought-n{number:03}" for number in range(10)]
    assert "10 of 120 nodes" in named
    assert re.search(r'<details class="card nodes"[^>]* open>', named)
    assert rows_of(page_of(served, run, "state=failed")) == ["JOB:sought-last"]
    assert "No node fits." in page_of(served, run, "state=failed&find=n00")


def test_picks_on_other_pages_are_kept(served: Served) -> None:
    """They go along with every button of the table, and a row's link keeps them and the page."""
    run = wide(served, "kept")
    page = page_of(served, run, "page=2&pick=JOB:kept-n001&pick=JOB:kept-last")
    form = re.findall(r'<form [^>]* data-part="nodes".*?</form>', page, re.DOTALL)[0]
    assert re.findall(r'type="hidden" name="pick" value="([^"]*)"', form) == ["JOB:kept-n001"]
    assert re.findall(r'value="([^"]*)" aria-label="[^"]*" checked', form) == ["JOB:kept-last"]
    link = re.findall(r'href="([^"]*)" data-select="JOB:kept-last"', form)[0]
    query = parse_qs(urlsplit(link).query)
    assert (query["node"], query["page"], len(query["pick"])) == (["JOB:kept-last"], ["2"], 2)
