"""`reglue resume`: repair a run that partly failed by a new run that starts at the nodes picked."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Resumed, Run
from daemon.cli.failures import BadInput
from daemon.cli.looks import RESTARTED, plain
from daemon.cli.node_picks import picked
from daemon.cli.pairs import pairs_of
from daemon.cli.plan_page import Plan, plan_page
from daemon.cli.run_argument import Place, run_argument
from daemon.cli.run_page import ended_badly
from daemon.cli.session import Session, client_options
from daemon.cli.short_ids import short
from daemon.cli.waiting import report_begun

_NODE_HELP = "A job or crawler to start at, as JOB:name or CRAWLER:name where both exist; may be given several times."


@click.command()
@run_argument
@click.option("--from", "--node", "names", multiple=True, metavar="NODE", help=_NODE_HELP)
@click.option("--failed", is_flag=True, help="Start at every node whose last attempt did not succeed.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A run property of the new run alone.")
@click.option("--with-current-design", "today", is_flag=True, help="Go on with the triggers of today, not the run's.")
@click.option("--allow-stopped", is_flag=True, help="Resume also a run that was STOPPED, which Glue refuses.")
@click.option("--dry-run", is_flag=True, help="Tell what would run, change nothing, and give a token for just that.")
@click.option("--plan", metavar="TOKEN", default="", help="Do what a dry run told, once, and nothing else.")
@click.option("--wait", is_flag=True, help="Wait until the new run ends; exit with 1 unless every node succeeded.")
@client_options
def command(session: Session, place: Place, dry_run: bool, wait: bool, **given: Any) -> int | None:
    """Resume RUN: the nodes picked and everything downstream of them run again, in a new run.

    All other nodes are copied from RUN with their results. Prints the new run's id and the nodes that start at once. A
    node that never ran can be picked if what it waits for is done.
    """
    if given["names"] and given["failed"]:
        raise click.UsageError("Give either --node or --failed, not both.")
    if dry_run and (given["plan"] or wait):
        raise click.UsageError("--dry-run makes a plan and changes nothing: leave --plan and --wait out.")
    previous = session.client.read(path_to("runs", place.found(session.client)), Run)
    if place.workflow not in (None, previous.workflow):
        raise BadInput(f"{short(previous.run_id)} is a run of {previous.workflow!r}, not of {place.workflow!r}.")
    asked = _asked(session, previous, given)
    if dry_run:
        _preview(session, previous, asked)
        return None
    answer = session.client.send(path_to("runs", previous.run_id, "resume"), asked, Resumed)
    document = {
        "run_id": answer.run_id,
        "previous_run_id": answer.previous_run_id,
        "starting": answer.starting,
        "redundant": answer.redundant,
        "again": answer.again,
    }
    return report_begun(session, document, list(_lines(answer)), wait)


def _asked(session: Session, run: Run, given: dict[str, Any]) -> dict[str, Any]:
    """The request's document. Raises BadInput when it says nowhere to start from."""
    names, failed, today, plan = given["names"], given["failed"], given["today"], given["plan"]
    # On the triggers of today a node may have come that the run does not know, so the daemon is asked.
    nodes = list(names) if today else [node.key for node in picked(run, names)]
    if not nodes and not plan and not (today and failed):
        _check_failed(session, run, failed)
    asked = {
        "nodes": nodes,
        "failed": failed,
        "allow_stopped": given["allow_stopped"],
        "with_current_design": today,
        "properties": pairs_of("--set", given["settings"]),
        "plan": plan,
    }
    return {name: value for name, value in asked.items() if value}


def _check_failed(session: Session, run: Run, wanted: bool) -> None:
    if run.archived is not None:
        raise BadInput(
            f"{short(run.run_id)} was archived into {run.archived.file} and cannot be resumed from here. Read that "
            "file into an empty state directory (`reglue audit import`) and resume it there."
        )
    nodes = [node for node in run.nodes if ended_badly(node)]
    if wanted and nodes:
        return
    if not nodes:
        raise BadInput(f"Nothing failed in {short(run.run_id)}; pick nodes with --node to run them again all the same.")
    again = session.command_line("resume", run.workflow, short(run.run_id), "--failed")
    names = plain(", ".join(f"{node.name} ({node.state})" for node in nodes))
    raise BadInput(f"Say where to resume from. Did not succeed: {names}.\nTo resume from all of them:\n    {again}")


def _preview(session: Session, run: Run, asked: dict[str, Any]) -> None:
    path = path_to("runs", run.run_id, "resume-preview")
    if session.as_json:
        session.write(session.client.send_raw(path, asked))
        return
    plan = session.client.send(path, asked, Plan)
    again = session.command_line("resume", run.workflow, short(run.run_id), "--plan", plan.plan)
    session.show(*plan_page(plan, again))


def _lines(answer: Resumed) -> Iterator[Text]:
    yield Text(answer.run_id)
    if answer.again:
        yield Text("  this plan was carried out before: nothing was started again", "yellow")
    yield Text(f"{RESTARTED} starts at {_names(answer.starting)}", "cyan")
    if answer.redundant:
        yield Text(f"  {_names(answer.redundant)}: downstream of these, so picked without need", "dim")


def _names(keys: Sequence[str]) -> str:
    return plain(", ".join(key.partition(":")[2] for key in keys))
