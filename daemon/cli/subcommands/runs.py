"""`reglue runs`: a workflow's history."""

import click
import msgspec
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Summary
from daemon.cli.history_table import history_table
from daemon.cli.session import Session, client_options
from daemon.cli.states import plain

MOST_RUNS = 100_000
_PAGE_SIZE = 500


class _RawPage(msgspec.Struct):
    """A page of history whose rows are kept as the daemon wrote them."""

    runs: list[msgspec.Raw]
    next: str | None = None


@click.command()
@click.argument("workflow")
@click.option(
    "--limit", type=click.IntRange(1, MOST_RUNS), default=20, show_default=True, help="How many runs at most."
)
@client_options
def command(session: Session, workflow: str, limit: int) -> None:
    """List the runs of WORKFLOW, newest first, each with the run that it resumed."""
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
