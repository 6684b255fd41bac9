"""`reglue audit replay`: how things stood at any position of the log, or at any moment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
import msgspec
from rich.console import RenderableType
from rich.text import Text

from daemon.api.v1_documents import run as run_document
from daemon.api.v1_documents import run_summary
from daemon.audit.found_runs import NotOneRun
from daemon.audit.opened import opened
from daemon.audit.replaying import Moment, NothingThen, Then, Workflow, graph_at, moment_in, replay
from daemon.cli.audit.progress_bar import progress_bar
from daemon.cli.audit.state_directory import log_in, state_dir_option
from daemon.cli.documents import Run, Summary
from daemon.cli.failures import BadInput
from daemon.cli.given_times import position_or_moment
from daemon.cli.history_table import history_table
from daemon.cli.looks import plain
from daemon.cli.run_page import run_page
from daemon.cli.session import Screen
from daemon.cli.workflows_table import Row as WorkflowRow
from daemon.cli.workflows_table import workflows_table
from daemon.mqtt.messages import moment as written_time
from daemon.unreadable import UNREADABLE
from projections.run_history import RunSummary

_NEWEST = 20


@click.command()
@state_dir_option
@click.option("--until", metavar="POSITION|TIME", help="Replay up to it; to the newest event unless told.")
@click.option("--workflow", metavar="NAME", help="Show this workflow's runs.")
@click.option("--run", metavar="RUN", help="Show this run with its graph.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=_NEWEST, show_default=True, help="So many runs.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of text for people.")
def command(state_dir: str | None, until: str | None, as_json: bool, **given: Any) -> None:
    """Show how things stood: all workflows with their last runs, one workflow's history, or one run's graph.

    The log is folded up to the position, or to the last event at or before the time, by what the daemon itself uses.
    """
    now = datetime.now().astimezone()
    wanted = position_or_moment(until, now) if until else (None, None)
    try:
        with opened(log_in(state_dir)) as log:
            then = moment_in(log, *wanted)
            if given["run"]:
                parts = _run(run_document(graph_at(log, given["run"], then)), then, as_json)
            else:
                with progress_bar("replaying") as told:
                    found = replay(log, then, given["limit"] if given["workflow"] else 1, told)
                parts = _history(found, given["workflow"], as_json) if given["workflow"] else _all(found, as_json)
    except (NothingThen, NotOneRun, *UNREADABLE) as error:
        raise BadInput(str(error)) from error
    screen = Screen()
    for part in parts:
        screen.print(part, soft_wrap=isinstance(part, Text))


def _run(document: dict[str, Any], then: Moment, as_json: bool) -> Iterator[RenderableType]:
    if as_json:
        yield _json(_position(then) | document)
        return
    yield _head(then)
    run = msgspec.convert(document, Run)
    yield from run_page(run, _local(then.at), lambda *words: " ".join(("reglue", *words)))


def _history(found: Then, name: str, as_json: bool) -> Iterator[RenderableType]:
    workflow = next((one for one in found.workflows if one.name == name), None)
    if workflow is None:
        raise BadInput(f"There was no workflow {name!r} at position {found.moment.position}.")
    if as_json:
        rows = [run_summary(row) for row in workflow.newest]
        yield _json(_position(found.moment) | {"workflow": name, "count": workflow.runs, "runs": rows})
        return
    yield _head(found.moment)
    if not workflow.newest:
        yield Text(f"{plain(name)} had not run yet.")
        return
    now = _local(found.moment.at)
    yield history_table([_row(row) for row in workflow.newest], now, Screen().width)
    if workflow.runs > len(workflow.newest):
        yield Text(f"{len(workflow.newest):,} of {workflow.runs:,} runs; --limit shows more.", "dim")


def _all(found: Then, as_json: bool) -> Iterator[RenderableType]:
    if as_json:
        workflows = [_workflow_document(one) for one in found.workflows]
        yield _json(_position(found.moment) | {"active_runs": found.under_way, "workflows": workflows})
        return
    yield _head(found.moment)
    yield workflows_table(map(_workflow_row, found.workflows), _local(found.moment.at), Screen().width)
    yield Text(f"{found.under_way:,} under way", "dim")


def _workflow_document(one: Workflow) -> dict[str, Any]:
    last = run_summary(one.newest[0]) if one.newest else None
    return {"name": one.name, "removed": one.removed, "runs": one.runs, "last_run": last}


def _workflow_row(one: Workflow) -> WorkflowRow:
    return WorkflowRow(one.name, _row(one.newest[0]) if one.newest else None, one.runs, one.removed)


def _row(summary: RunSummary) -> Summary:
    return msgspec.convert(run_summary(summary), Summary)


def _head(then: Moment) -> Text:
    at = _local(then.at).isoformat(" ", "milliseconds")
    return Text(f"as of position {then.position:,}, {at}\n", "dim")


def _position(then: Moment) -> dict[str, Any]:
    return {"as_of": {"sequence": then.position, "time": written_time(then.at)}}


def _json(document: dict[str, Any]) -> Text:
    return Text(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000).astimezone()
