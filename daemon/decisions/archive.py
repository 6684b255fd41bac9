"""Archiving: which runs' events may leave the log, and the stubs that stand for them.

Refused is by run, so that one that was resumed in the meantime does not keep the others.
"""

from daemon.archive_commands import Archived, ArchiveRuns, Candidate
from daemon.decisions.decision import Decision, Situation
from events.archives import Details, RunArchived
from projections.archived import details_of, own_attempts, row_of
from projections.references import UnknownRun
from projections.run_values import RunGraph


def archive_runs(command: ArchiveRuns, situation: Situation) -> Decision:
    """A stub for each run that has ended, is as its archive was made of, and is not needed by one that stays."""
    refused: dict[str, str] = {}
    graphs: dict[str, RunGraph] = {}
    for candidate in command.runs:
        graph = _graph(candidate, situation)
        reason = _unfit(candidate, graph, situation)
        if graph is not None and not reason:
            graphs[candidate.run] = graph
        else:
            refused[candidate.run] = reason
    fit = {candidate.run: candidate for candidate in command.runs if candidate.run in graphs}
    if not command.carry:
        refused |= _needed(fit)
    events = tuple((run, _stub(command, fit[run], graphs[run], situation)) for run in fit)
    return Decision(events, Archived(tuple(fit), refused))


def _graph(candidate: Candidate, situation: Situation) -> RunGraph | None:
    try:
        return situation.standing.graph(candidate.run)
    except UnknownRun:
        return None


def _unfit(candidate: Candidate, graph: RunGraph | None, situation: Situation) -> str:
    """Why a run's own state keeps it in the log; empty if it does not."""
    if graph is None:
        return "there is no such run"
    if graph.archived is not None:
        return f"it was archived already, into {graph.archived.file}"
    if graph.is_active:
        return "it is under way"
    if graph.version != candidate.version:
        return (
            f"it has changed: its stream is at version {graph.version}, and at {candidate.version} in the archive. "
            "Archive it anew"
        )
    if candidate.unsealed is not None:
        return (
            f"no seal speaks for its event at position {candidate.unsealed} as the last of a range without gaps. "
            "Have the log sealed"
        )
    if 0 in candidate.referring.values() or candidate.resumes != situation.standing.resumes.of(candidate.run):
        return "it was resumed in the meantime. Archive it anew"
    return ""


def _needed(fit: dict[str, Candidate]) -> dict[str, str]:
    """Takes out those that a run refers to which stays, and says so."""
    refused: dict[str, str] = {}
    while True:
        found = {
            run: staying
            for run, candidate in fit.items()
            if (staying := next((one for one in candidate.referring if one not in fit), None)) is not None
        }
        if not found:
            return refused
        for run, staying in found.items():
            del fit[run]
            refused[run] = f"{staying} was resumed from it and stays. Archive that one too, or carry details"


def _stub(command: ArchiveRuns, candidate: Candidate, graph: RunGraph, situation: Situation) -> RunArchived:
    return RunArchived(
        situation.at,
        situation.by,
        command.file,
        command.digest,
        candidate.version,
        candidate.began,
        candidate.chain,
        row_of(graph),
        own_attempts(graph),
        _carried(candidate, situation) if command.carry else (),
    )


def _carried(candidate: Candidate, situation: Situation) -> tuple[Details, ...]:
    """The graphs that runs refer to, each version once."""
    references = situation.standing.references
    versions = sorted(set(candidate.referring.values()))
    return tuple(details_of(references.graph(candidate.run, version)) for version in versions)
