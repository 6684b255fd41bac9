"""`reglue show`: one run with its graph."""

import click

from daemon.cli.client import path_to
from daemon.cli.documents import Run
from daemon.cli.lookup import run_of_any_workflow
from daemon.cli.run_page import run_page
from daemon.cli.session import Session, client_options


@click.command()
@click.argument("run")
@client_options
def command(session: Session, run: str) -> None:
    """Show RUN: its outcome, what failed and why, and its graph.

    Below each trigger stand the nodes that it started, with state, duration and job run. What was copied from an
    earlier run names that run.
    """
    path = path_to("runs", run_of_any_workflow(session.client, run))
    if session.as_json:
        session.write(session.client.read_raw(path))
    else:
        session.show(*run_page(session.client.read(path, Run), session.now(), session.command_line))
