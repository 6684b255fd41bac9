"""`reglue demo`: load the workflow W1 of the first steps into a running daemon."""

from pathlib import Path

import click

from daemon.cli.demo_steps import next_steps
from daemon.cli.demo_workflow import FAILING, WORKFLOW, load
from daemon.cli.session import Session, client_options

DEFAULT_FOLDER = "reglue-demo"


@click.command()
@click.option(
    "--scripts",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_FOLDER,
    show_default=True,
    metavar="DIR",
    help="Where to put the demo's scripts and data; the daemon must be able to read them there.",
)
@client_options
def command(session: Session, scripts: Path) -> None:
    """Load the workflow W1 with its five jobs, of which J2 and J3 fail until their input arrives.

    What is there already is left alone, so it does no harm to load it twice.
    """
    demo = load(session.client, scripts)
    if session.as_json:
        nodes = dict(zip(FAILING, demo.node_ids, strict=False))
        document = {"workflow": WORKFLOW, "folder": str(demo.folder), "is_new": demo.is_new, "node_ids": nodes}
        session.write(document | {"repair": demo.repair})
    else:
        for line in next_steps(session.client.endpoint, demo):
            click.echo(line)
