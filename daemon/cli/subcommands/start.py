"""`reglue start`: start a run of a workflow."""

import click
from rich.text import Text

from daemon.cli.failures import BadInput
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
    given = {"RunProperties": _split(properties)} if properties else {}
    run_id = session.client.glue("StartWorkflowRun", Name=workflow, **given)["RunId"]
    return report_begun(session, {"run_id": run_id}, [Text(run_id)], wait)


def _split(properties: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in properties]
    for key, sign, value in pairs:
        if not key or not sign:
            raise BadInput(f"--property {key + sign + value!r}: write KEY=VALUE, such as day=2026-11-03.")
    return {key: value for key, _, value in pairs}
