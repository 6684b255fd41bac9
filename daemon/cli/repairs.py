"""Partly failed runs to repair: which there are, and which of them failed alike."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from daemon.cli.client import Client
from daemon.cli.documents import Failure, Summary
from daemon.cli.lookup import pages

_VARYING = re.compile(r"[0-9a-f]{8,}|\d+")
"""What differs from run to run in errors that are alike: numbers, dates, ids."""


class Candidates(msgspec.Struct):
    """The runs to repair, newest first, and how many partly failed runs were left out because they were resumed."""

    runs: list[Summary]
    resumed: int = 0


class Group(msgspec.Struct, frozen=True):
    """Runs of one workflow that failed first in the same nodes and states with alike errors, oldest first."""

    workflow: str
    failures: tuple[Failure, ...]
    root_failures: int
    runs: list[Summary]


def candidates(client: Client, workflow: str, begin: datetime, outcomes: Sequence[str]) -> Candidates:
    """The workflow's runs of these outcomes that began since a moment and were not resumed. A run's resumes are newer
    than itself, so they are seen before it."""
    resumed: set[str] = set()
    found = Candidates([])
    for run in _runs_since(client, workflow, begin):
        if run.previous_run_id:
            resumed.add(run.previous_run_id)
        if run.outcome in outcomes:
            if run.run_id in resumed:
                found.resumed += 1
            else:
                found.runs.append(run)
    return found


def _runs_since(client: Client, workflow: str, begin: datetime) -> Iterator[Summary]:
    for page in pages(client, workflow):
        for run in page.runs:
            if run.started_at < begin:
                return
            yield run


def with_error(runs: Sequence[Summary], pattern: re.Pattern[str] | None) -> list[Summary]:
    """The runs of which a root failure has an error that the pattern is found in."""
    if pattern is None:
        return list(runs)
    return [run for run in runs if any(pattern.search(failure.error or "") for failure in run.failures)]


def grouped(runs: Sequence[Summary]) -> list[Group]:
    """The runs by what failed first in them, the largest group first."""
    groups: dict[object, list[Summary]] = {}
    for run in reversed(runs):
        alike = tuple((f.node, f.state, _VARYING.sub("#", f.error or "")) for f in run.failures)
        groups.setdefault((run.workflow, alike, run.root_failures), []).append(run)
    made = [Group(one[0].workflow, one[0].failures, one[0].root_failures, one) for one in groups.values()]
    return sorted(made, key=lambda group: -len(group.runs))
