"""`reglue stop`: end what a run has under way, and start nothing more in it."""

import click
from rich.text import Text

from daemon.cli.lookup import run_of
from daemon.cli.session import Session, client_options
from daemon.cli.short_ids import short


@click.command()
@click.argument("workflow")
@click.argument("run")
@client_options
def command(session: Session, workflow: str, run: str) -> None:
    """Stop RUN of WORKFLOW: its running jobs are ended, nothing more starts."""
    run_id = run_of(session.client, workflow, run)
    session.client.glue("StopWorkflowRun", Name=workflow, RunId=run_id)
    if session.as_json:
        session.write({"run_id": run_id})
    else:
        session.show(
            Text(f"Stopping {short(run_id)}. `{session.command_line('show', short(run_id))}` tells when it has.")
        )
