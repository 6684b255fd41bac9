"""`reglue repair`: find partly failed runs, show what failed first, and resume them at a chosen rate."""

import re
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import click
import msgspec
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Resumed, Run
from daemon.cli.failures import RUN_ENDED_BADLY, BadInput, Refused
from daemon.cli.given_times import since
from daemon.cli.looks import RESTARTED, plain
from daemon.cli.pairs import pairs_of
from daemon.cli.plan_page import Plan
from daemon.cli.repair_page import MOST_REFUSALS, Planned, ended_lines, group_lines
from daemon.cli.repairs import Candidates, Group, candidates, grouped, with_error
from daemon.cli.run_page import run_line
from daemon.cli.session import Session, client_options
from daemon.cli.short_ids import short
from daemon.cli.waiting import wait_for_end

_CROWDED = "ConcurrentRunsExceededException"


class _Outcome(msgspec.Struct):
    """What became of a run that was to be repaired."""

    run_id: str
    resumed_as: str | None = None
    refusal: str | None = None


@click.command()
@click.option("--workflow", "workflows", multiple=True, required=True, help="Whose runs; may be given several times.")
@click.option("--since", "begin", required=True, metavar="T", help="Runs begun since: 30m, 2h, 7d, or a date and time.")
@click.option("--error", metavar="REGEX", help="Only runs in whose root failure's error this is found.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), default=2.0, show_default=True, metavar="N",
              help="How many runs to resume a second.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Resume the oldest N of them at most.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A run property of the new runs alone.")
@click.option("--with-current-design", "today", is_flag=True, help="Go on with the triggers of today, not the runs'.")
@click.option("--allow-stopped", is_flag=True, help="Repair also runs that were STOPPED.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--wait", is_flag=True, help="Wait until all resumed runs have ended; exit with 1 unless all succeeded.")
@client_options
def command(session: Session, workflows: tuple[str, ...], begin: str, **given: Any) -> int | None:
    """Find every partly failed run since T that was not resumed, group them by what failed first, show what a resume
    from all that failed would do, and resume them.

    Each run is resumed by the plan that was shown: one that changed meanwhile is left out and told. At a workflow's
    MaxConcurrentRuns it goes on when a run that it began has ended.
    """
    found = _found(session, workflows, begin, given)
    groups = grouped(found.runs)
    asked = {
        "failed": True,
        "allow_stopped": given["allow_stopped"],
        "with_current_design": given["today"],
        "properties": pairs_of("--set", given["settings"]),
    }
    planned = {run.run_id: _planned(session, run.run_id, run.workflow, asked) for run in found.runs}
    if not session.as_json:
        _show(session, found, groups, planned)
    todo = [planned[run.run_id] for run in reversed(found.runs) if planned[run.run_id].plan is not None]
    if given["dry_run"] or not todo or not _agreed(session, len(todo), given["yes"]):
        if session.as_json:
            session.write(_document(found, groups, planned, []))
        return None
    outcomes = list(_resumed(session, todo, asked, given["rate"]))
    return _report(session, _document(found, groups, planned, outcomes), outcomes, given["wait"])


def _found(session: Session, workflows: Sequence[str], begin: str, given: dict[str, Any]) -> Candidates:
    """The runs to repair, newest first over all workflows."""
    outcomes = ("PARTLY_FAILED", "STOPPED") if given["allow_stopped"] else ("PARTLY_FAILED",)
    moment = since(begin, session.now())
    pattern = _pattern(given["error"])
    each = [candidates(session.client, workflow, moment, outcomes) for workflow in dict.fromkeys(workflows)]
    runs = [run for one in each for run in with_error(one.runs, pattern)]
    runs.sort(key=lambda run: run.started_at, reverse=True)
    return Candidates(runs[-given["limit"] :] if given["limit"] else runs, sum(one.resumed for one in each))


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise BadInput(f"--error {text!r} is no regular expression: {error}.") from error


def _planned(session: Session, run_id: str, workflow: str, asked: dict[str, Any]) -> Planned:
    try:
        plan = session.client.send(path_to("runs", run_id, "resume-preview"), asked, Plan)
    except Refused as refusal:
        return Planned(run_id, workflow, refusal=refusal.message)
    return Planned(run_id, workflow, plan)


def _show(session: Session, found: Candidates, groups: Sequence[Group], planned: dict[str, Planned]) -> None:
    resumed = f"; {found.resumed} partly failed, but were resumed already" if found.resumed else ""
    session.show(Text(f"{len(found.runs)} to repair{resumed}.", "bold"))
    for group in groups:
        session.show(Text(), *group_lines(group, [planned[run.run_id] for run in group.runs]))


def _agreed(session: Session, count: int, yes: bool) -> bool:
    """Whether it may be done: without a terminal to ask on, only if that was said."""
    if yes:
        return True
    if not sys.stdin.isatty() or session.as_json:
        raise BadInput(f"Nothing was changed. To resume these {count}, give --yes; to only look, --dry-run.")
    return click.confirm(f"\nResume {count} run{'s' if count > 1 else ''}?")


def _resumed(session: Session, todo: Sequence[Planned], asked: dict[str, Any], rate: float) -> Iterator[_Outcome]:
    """Resumes one after the other, oldest first, at most so many a second."""
    begun: list[str] = []
    due = time.monotonic()
    with session.aside.status("resuming") as status:
        for place, one in enumerate(todo, 1):
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1) + 1 / rate
            status.update(f"resuming {place} of {len(todo)}")
            outcome = _carried_out(session, one, asked, begun)
            if outcome.resumed_as is not None:
                begun.append(outcome.resumed_as)
            yield outcome


def _carried_out(session: Session, one: Planned, asked: dict[str, Any], begun: list[str]) -> _Outcome:
    """Carries a plan out; where as many runs are under way as may be, after the oldest of ours has ended."""
    assert one.plan is not None
    path = path_to("runs", one.run_id, "resume")
    document = {**asked, "plan": one.plan.plan}
    while True:
        try:
            return _Outcome(one.run_id, session.client.send(path, document, Resumed).run_id)
        except Refused as refusal:
            if refusal.code != _CROWDED or not begun:
                return _Outcome(one.run_id, refusal=refusal.message)
            wait_for_end(session, begun.pop(0))


def _document(
    found: Candidates, groups: Sequence[Group], planned: dict[str, Planned], outcomes: list[_Outcome]
) -> dict[str, Any]:
    """The document for scripts: the groups with their runs and plans, and what became of each run."""
    shown = [
        {
            "workflow": group.workflow,
            "failures": group.failures,
            "root_failures": group.root_failures,
            "runs": [planned[run.run_id] for run in group.runs],
        }
        for group in groups
    ]
    return {"found": len(found.runs), "resumed_before": found.resumed, "groups": shown, "outcomes": outcomes}


def _report(session: Session, document: dict[str, Any], outcomes: Sequence[_Outcome], wait: bool) -> int | None:
    refused = [one for one in outcomes if one.resumed_as is None]
    new = [one.resumed_as for one in outcomes if one.resumed_as is not None]
    if not session.as_json:
        session.show(Text(f"\n{RESTARTED} {len(new)} resumed, {len(refused)} refused", "bold"))
        for one in refused[:MOST_REFUSALS]:
            session.show(Text(f"  {short(one.run_id)}: {plain(one.refusal or '')}", "red"))
    ended = [wait_for_end(session, run_id) for run_id in new] if wait else []
    _show_ended(session, document, ended)
    is_well = not refused and all(run.outcome == "SUCCEEDED" for run in ended)
    return 0 if is_well else RUN_ENDED_BADLY


def _show_ended(session: Session, document: dict[str, Any], ended: Sequence[Run]) -> None:
    if session.as_json:
        session.write(document | {"ended": {run.run_id: run.outcome for run in ended}})
        return
    if ended:
        session.show(*ended_lines(ended))
    for run in [run for run in ended if run.outcome != "SUCCEEDED"][:MOST_REFUSALS]:
        session.show(*run_line(run, session.now()))
