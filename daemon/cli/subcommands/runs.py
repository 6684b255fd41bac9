"""`reglue runs`: a workflow's history, or every workflow with its last run."""

import click
import msgspec
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Summary, Workflows
from daemon.cli.history_table import history_table
from daemon.cli.looks import plain
from daemon.cli.session import Session, client_options
from daemon.cli.workflows_table import Row, workflows_table

MOST_RUNS = 100_000
_PAGE_SIZE = 500


class _RawPage(msgspec.Struct):
    """A page of history whose rows are kept as the daemon wrote them."""

    runs: list[msgspec.Raw]
    next: str | None = None


@click.command()
@click.argument("workflow", required=False)
@click.option(
    "--limit", type=click.IntRange(1, MOST_RUNS), default=20, show_default=True, help="How many runs at most."
)
@client_options
def command(session: Session, workflow: str | None, limit: int) -> None:
    """List the runs of WORKFLOW, newest first, each with the run that it resumed; without one, every workflow with its
    last run."""
    if workflow is None:
        _show_workflows(session)
        return
    found = _read(session, workflow, limit)
    if session.as_json:
        session.write({"workflow": workflow, "runs": found.runs, "next": found.next})
    elif not found.runs:
        session.show(Text(f"{plain(workflow)} has not run yet. Start it: {session.command_line('start', workflow)}"))
    else:
        runs = [session.client.decoded(bytes(row), Summary) for row in found.runs]
        session.show(history_table(runs, session.now(), session.screen.width))
        if found.next:
            session.aside.print(Text(f"There are more; --limit {limit * 10} shows older ones.", "dim"))


def _show_workflows(session: Session) -> None:
    if session.as_json:
        session.write(session.client.read_raw(path_to("workflows")))
        return
    rows = [Row(one.name, one.last_run) for one in session.client.read(path_to("workflows"), Workflows).workflows]
    if rows:
        session.show(workflows_table(rows, session.now(), session.screen.width))
    else:
        session.show(Text(f"There is no workflow yet. `{session.command_line('demo')}` loads one to try."))


def _read(session: Session, workflow: str, limit: int) -> _RawPage:
    """Up to `limit` rows, from as many pages as that takes."""
    found = _RawPage([])
    while len(found.runs) < limit:
        query: dict[str, str | int] = {"limit": min(limit - len(found.runs), _PAGE_SIZE)}
        if found.next:
            query["before"] = found.next
        page = session.client.read(path_to("workflows", workflow, "runs"), _RawPage, query)
        found = _RawPage(found.runs + page.runs, page.next)
        if page.next is None:
            break
    return found
