"""`reglue stop`: end what a run has under way, and start nothing more in it."""

import click
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Summary
from daemon.cli.run_argument import Place, run_argument
from daemon.cli.session import Session, client_options
from daemon.cli.short_ids import short


@click.command()
@run_argument
@client_options
def command(session: Session, place: Place) -> None:
    """Stop RUN: its running jobs are ended, nothing more starts."""
    run_id = place.found(session.client)
    workflow = place.workflow or session.client.read(path_to("runs", run_id), Summary).workflow
    session.client.glue("StopWorkflowRun", Name=workflow, RunId=run_id)
    if session.as_json:
        session.write({"run_id": run_id})
    else:
        session.show(
            Text(f"Stopping {short(run_id)}. `{session.command_line('show', short(run_id))}` tells when it has.")
        )
