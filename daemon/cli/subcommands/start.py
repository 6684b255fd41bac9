"""`reglue start`: start a run of a workflow."""

import click
from rich.text import Text

from daemon.cli.pairs import pairs_of
from daemon.cli.session import Session, client_options
from daemon.cli.waiting import report_begun


@click.command()
@click.argument("workflow")
@click.option(
    "--property", "properties", multiple=True, metavar="KEY=VALUE", help="A run property; may be given several times."
)
@click.option("--wait", is_flag=True, help="Wait until the run ends; exit with 1 unless every node that ran succeeded.")
@client_options
def command(session: Session, workflow: str, properties: tuple[str, ...], wait: bool) -> int | None:
    """Start a run of WORKFLOW and print its run id."""
    given = {"RunProperties": pairs_of("--property", properties)} if properties else {}
    run_id = session.client.glue("StartWorkflowRun", Name=workflow, **given)["RunId"]
    return report_begun(session, {"run_id": run_id}, [Text(run_id)], wait)
