"""`reglue resume`: repair a run that partly failed by a new run that starts at the nodes picked."""

from collections.abc import Iterator, Sequence

import click
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Node, Resumed, Run
from daemon.cli.failures import BadInput
from daemon.cli.lookup import run_of
from daemon.cli.node_picks import picked
from daemon.cli.run_page import ended_badly
from daemon.cli.session import Session, client_options
from daemon.cli.short_ids import short
from daemon.cli.states import RESTARTED, plain
from daemon.cli.waiting import report_begun


@click.command()
@click.argument("workflow")
@click.argument("run")
@click.option(
    "--node",
    "names",
    multiple=True,
    metavar="NAME",
    help="A job or crawler to start at, as JOB:name or CRAWLER:name where both exist; may be given several times.",
)
@click.option("--failed", is_flag=True, help="Start at every node whose last attempt did not succeed.")
@click.option("--allow-stopped", is_flag=True, help="Resume also a run that was STOPPED, which Glue refuses.")
@click.option("--wait", is_flag=True, help="Wait until the new run ends; exit with 1 unless every node succeeded.")
@client_options
def command(
    session: Session, workflow: str, run: str, names: tuple[str, ...], failed: bool, allow_stopped: bool, wait: bool
) -> int | None:
    """Resume RUN of WORKFLOW: the nodes picked and everything downstream of them run again, in a new run.

    All other nodes are copied from RUN with their results. Prints the new run's id and the nodes that start at once.
    """
    if names and failed:
        raise click.UsageError("Give either --node or --failed, not both.")
    previous = session.client.read(path_to("runs", run_of(session.client, workflow, run)), Run)
    nodes = picked(previous, names) if names else _failed(session, previous, failed)
    if previous.workflow != workflow:
        raise BadInput(f"{short(previous.run_id)} is a run of {previous.workflow!r}, not of {workflow!r}.")
    asked = {"nodes": [node.unique_id for node in nodes], "allow_stopped": allow_stopped}
    answer = session.client.send(path_to("runs", previous.run_id, "resume"), asked, Resumed)
    starting = [node for node in nodes if node.key in answer.starting]
    redundant = [node for node in nodes if node not in starting]
    document = {
        "run_id": answer.run_id,
        "previous_run_id": previous.run_id,
        "starting": [node.key for node in starting],
        "redundant": [node.key for node in redundant],
    }
    return report_begun(session, document, list(_lines(answer.run_id, starting, redundant)), wait)


def _failed(session: Session, run: Run, wanted: bool) -> list[Node]:
    nodes = [node for node in run.nodes if ended_badly(node)]
    if wanted and nodes:
        return nodes
    if not nodes:
        raise BadInput(f"Nothing failed in {short(run.run_id)}; pick nodes with --node to run them again all the same.")
    again = session.command_line("resume", run.workflow, short(run.run_id), "--failed")
    names = plain(", ".join(f"{node.name} ({node.state})" for node in nodes))
    raise BadInput(f"Say where to resume from. Did not succeed: {names}.\nTo resume from all of them:\n    {again}")


def _lines(run_id: str, starting: Sequence[Node], redundant: Sequence[Node]) -> Iterator[Text]:
    yield Text(run_id)
    yield Text(f"{RESTARTED} starts at {_names(starting)}", "cyan")
    if redundant:
        yield Text(f"  {_names(redundant)}: downstream of these, so picked without need", "dim")


def _names(nodes: Sequence[Node]) -> str:
    return plain(", ".join(node.name for node in nodes))
