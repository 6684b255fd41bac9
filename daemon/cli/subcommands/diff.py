"""`reglue diff`: two runs beside each other."""

import click

from daemon.cli.client import path_to
from daemon.cli.diff_page import Diff, diff_page
from daemon.cli.failures import RUNS_DIFFER
from daemon.cli.lookup import run_of_any_workflow
from daemon.cli.session import Session, client_options


@click.command()
@click.argument("left", metavar="RUN")
@click.argument("right", metavar="OTHER")
@client_options
def command(session: Session, left: str, right: str) -> int:
    """Show in what OTHER differs from RUN: nodes, attempts, arguments, errors, design and properties.

    Ends with 1 if anything differs but times.
    """
    ids = [run_of_any_workflow(session.client, run) for run in (left, right)]
    body = session.client.read_raw(path_to("runs", ids[0], "diff", ids[1]))
    diff = session.client.decoded(body, Diff)
    if session.as_json:
        session.write(body)
    else:
        session.show(*diff_page(diff, session.now()))
    return 0 if diff.is_same else RUNS_DIFFER
