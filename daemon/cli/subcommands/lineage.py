"""`reglue lineage`: the tree of resumes that a run belongs to."""

import click

from daemon.cli.client import path_to
from daemon.cli.lineage_page import Lineage, lineage_page
from daemon.cli.lookup import run_of_any_workflow
from daemon.cli.session import Session, client_options


@click.command()
@click.argument("run")
@client_options
def command(session: Session, run: str) -> None:
    """Show the tree of resumes that RUN belongs to: who resumed what from where, and what each run ran itself.

    Below it stands which run each result in RUN comes from.
    """
    path = path_to("runs", run_of_any_workflow(session.client, run), "lineage")
    if session.as_json:
        session.write(session.client.read_raw(path))
    else:
        session.show(*lineage_page(session.client.read(path, Lineage), session.now()))
