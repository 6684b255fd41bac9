"""Finds the run or job run that a typed beginning of an id means.

Runs are listed newest first and an id tells its moment, so a search ends where the listed runs began before what was
typed. It also ends after `MOST_PAGES`: older runs need their whole id.
"""

from collections.abc import Iterator

from daemon.cli.client import Client, path_to
from daemon.cli.documents import Page, Run, Summary, Workflows
from daemon.cli.failures import BadInput, Refused
from daemon.cli.short_ids import (
    JOB_RUN_PREFIX,
    LEAST_LENGTH,
    RUN_PREFIX,
    earliest_ms,
    is_full,
    matches,
    moment_ms,
    short,
)

PAGE_SIZE = 200
MOST_PAGES = 25
_NOT_FOUND = "EntityNotFoundException"


def run_of(client: Client, workflow: str, typed: str) -> str:
    """The id of the workflow's run that `typed` is or begins. Raises BadInput, Refused."""
    if is_full(typed):
        return typed
    _check(typed)
    return _only([run for run in _runs_down_to(client, workflow, typed) if matches(typed, run)], typed)


def run_of_any_workflow(client: Client, typed: str) -> str:
    """The id of the run that `typed` is or begins, whichever its workflow."""
    if is_full(typed):
        return typed
    _check(typed)
    newest = client.read(path_to("workflows"), Workflows).workflows
    # A workflow whose newest run began before what was typed has no such run.
    names = [one.name for one in newest if one.last_run and not _began_before(one.last_run, typed)]
    return _only([run for name in names for run in _runs_down_to(client, name, typed) if matches(typed, run)], typed)


def job_run_of(client: Client, typed: str) -> str:
    """The id of the job run that `typed` is or begins, looked for in the runs that were under way when it was made."""
    if is_full(typed):
        return typed
    made_at = moment_ms(typed) if typed.startswith(JOB_RUN_PREFIX) else None
    if made_at is None:
        raise BadInput(
            f"{typed!r} is no job run's id: give all of it, or at least 15 characters ({JOB_RUN_PREFIX}...)."
        )
    for run in _runs_around(client, made_at):
        graph = client.read(path_to("runs", run.run_id), Run)
        found = [attempt.id for node in graph.nodes for attempt in node.attempts if matches(typed, attempt.id)]
        if found:
            return _only(found, typed)
    raise Refused(
        f"No run of a workflow holds a job run {typed}; give its whole id if it ran outside of one.", _NOT_FOUND
    )


def pages(client: Client, workflow: str, size: int = PAGE_SIZE) -> Iterator[Page]:
    """A workflow's history page by page, newest run first."""
    before: str | None = ""
    while before is not None:
        query: dict[str, str | int] = {"limit": size} | ({"before": before} if before else {})
        page = client.read(path_to("workflows", workflow, "runs"), Page, query)
        yield page
        before = page.next


def _runs_down_to(client: Client, workflow: str, typed: str) -> Iterator[str]:
    for number, page in enumerate(pages(client, workflow), 1):
        yield from (run.run_id for run in page.runs)
        if number == MOST_PAGES or not page.runs or _began_before(page.runs[-1], typed):
            return


def _began_before(run: Summary, typed: str) -> bool:
    """Whether the run began before any whose id begins so. An id's moment is that of its run's start, or of the plan
    that the run carries out, which was made earlier."""
    return run.started_at.timestamp() * 1000 + 1 < earliest_ms(typed)


def _runs_around(client: Client, moment: int) -> Iterator[Summary]:
    """The runs of all workflows that were under way at a moment (milliseconds since the epoch)."""
    for workflow in client.read(path_to("workflows"), Workflows).workflows:
        for number, page in enumerate(pages(client, workflow.name) if workflow.last_run else (), 1):
            yield from (run for run in page.runs if _was_under_way(run, moment))
            if number == MOST_PAGES:
                break


def _was_under_way(run: Summary, moment: int) -> bool:
    started = run.started_at.timestamp() * 1000
    # Times may be written in whole milliseconds only: a run of less than one is still found.
    return started - 1 <= moment and (run.completed_at is None or moment <= run.completed_at.timestamp() * 1000 + 1)


def _check(typed: str) -> None:
    if not typed.startswith(RUN_PREFIX) or len(typed) < LEAST_LENGTH:
        raise BadInput(f"{typed!r} is no id: give all of it, or at least {LEAST_LENGTH} characters ({RUN_PREFIX}...).")


def _only(found: list[str], typed: str) -> str:
    if not found:
        raise Refused(f"There is no run {typed}. `reglue runs WORKFLOW` lists them.", _NOT_FOUND)
    if len(found) > 1:
        some = ", ".join(short(one) for one in found[:3])
        raise BadInput(
            f"{typed} may mean {len(found)} runs ({some}{', ...' if len(found) > 3 else ''}); type more of it."
        )
    return found[0]
