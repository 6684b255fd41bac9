"""Which runs' events may leave the log, what stays in their place, and what can still be done with such a run."""

from typing import Any

import pytest

from daemon import commands
from daemon.archive_commands import Archived, ArchiveRuns, Candidate
from events.archives import RunArchived
from events.runs import RunResumed
from projections.checkpoints import pack
from projections.rebuild import reader, replay
from projections.run_history import summarize
from projections.standing import Standing
from tests.daemon.decisions.specification import Specification

DIGEST = "ab" * 32
TEXT = "T1: -> A\nT2: A -> B\nT3: B -> C"


def candidate(spec: Specification, run: str, **changes: Any) -> Candidate:
    """What the log says of a run."""
    resumes = spec.standing.resumes.of(run)
    beginnings = {resume: spec.log.stream(resume)[0].event for resume in resumes}
    found: dict[str, Any] = {
        "version": spec.graph(run).version,
        "began": next((one.position for one in spec.log.after(0) if one.stream == run), 0),
        "chain": "cd" * 16,
        "resumes": resumes,
        "referring": {
            name: first.previous_version for name, first in beginnings.items() if isinstance(first, RunResumed)
        },
    }
    return Candidate(run, **found | changes)


def archive(spec: Specification, *runs: str | Candidate, carry: bool = False) -> Archived:
    """Has runs archived."""
    given = tuple(candidate(spec, run) if isinstance(run, str) else run for run in runs)
    answer: Archived = spec.when(ArchiveRuns, "old.jsonl", DIGEST, given, carry).answer
    return answer


def partly_failed(spec: Specification) -> str:
    """A run of which B failed."""
    return spec.start(day="monday").ends("A").ends("B", "FAILED").run


def test_stub_holds_what_histories_show() -> None:
    """The row of an archived run is what it was, but that it says where the rest is; nodes and firings are gone."""
    spec = Specification(TEXT)
    run = partly_failed(spec)
    before = spec.graph(run)
    row = summarize(before)
    assert archive(spec, run) == Archived((run,), {})
    (fact,) = spec.facts
    assert isinstance(fact.event, RunArchived)
    assert (fact.stream, fact.version, fact.event.events) == (run, before.version + 1, before.version)
    own = sorted(one.id for attempts in before.attempts.values() for one in attempts)
    assert fact.event.attempts == (own[0], own[-1])
    after = summarize(spec.graph(run))
    assert after.archived is not None
    assert (after.archived.file, after.archived.by) == ("old.jsonl", "api:test")
    assert {name: getattr(after, name) for name in after.__struct_fields__ if name != "archived"} == {
        name: getattr(row, name) for name in row.__struct_fields__ if name != "archived"
    }
    assert (spec.graph(run).attempts, spec.graph(run).fired) == ({}, {})


def test_job_run_outside_of_workflows_is_archived_likewise() -> None:
    """A stream that holds one job run is a run like others."""
    spec = Specification(TEXT)
    job_run = spec.when(commands.RequestJobRun, "A", {}).answer
    assert archive(spec, job_run).refused == {job_run: "it is under way"}
    spec.ends("A", "FAILED", job_run)
    assert archive(spec, job_run).runs == (job_run,)
    assert spec.graph(job_run).stands_alone


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": 3}, "its stream is at version 8, and at 3 in the archive"),
        ({"unsealed": 12}, "no seal speaks for its event at position 12"),
        ({"resumes": ("wr_other",)}, "resumed in the meantime"),
        ({"referring": {"wr_other": 0}}, "resumed in the meantime"),
    ],
)
def test_run_that_is_not_as_it_was_stays(changes: dict[str, Any], reason: str) -> None:
    """A run that changed since its archive was made, or that no seal speaks for, is refused with the reason."""
    spec = Specification(TEXT)
    run = partly_failed(spec)
    answer = archive(spec, candidate(spec, run, **changes))
    assert answer.runs == ()
    assert reason in answer.refused[run]
    assert spec.facts == []


def test_properties_put_after_the_end_count_as_a_change() -> None:
    """A run's properties may be put after its end: an archive from before lacks that."""
    spec = Specification(TEXT)
    run = partly_failed(spec)
    found = candidate(spec, run)
    spec.when(commands.PutRunProperties, "W", run, {"checked": "yes"})
    assert "it has changed" in archive(spec, found).refused[run]
    assert archive(spec, run).runs == (run,)
    assert spec.graph(run).properties == {"day": "monday", "checked": "yes"}


def test_one_refusal_does_not_keep_the_others() -> None:
    """Each run of a batch is judged by itself; unknown ones, those under way and those archived before are named."""
    spec = Specification(TEXT)
    first, second = partly_failed(spec), partly_failed(spec)
    archive(spec, first)
    active = spec.start().run
    unknown = Candidate("wr_unknown", 1)
    answer = archive(spec, candidate(spec, first), second, active, unknown)
    assert answer.runs == (second,)
    assert answer.refused == {
        first: "it was archived already, into old.jsonl",
        active: "it is under way",
        "wr_unknown": "there is no such run",
    }


def test_run_that_another_refers_to_stays_unless_that_one_goes_too() -> None:
    """A run is needed as long as a resume of it is in the log; together they may go, and after the resume went too."""
    spec = Specification(TEXT)
    first = partly_failed(spec)
    second = spec.resume("B").ends("B", "FAILED").run
    third = spec.resume("B").ends("B").ends("C").run
    answer = archive(spec, first, second)
    assert answer.runs == ()
    assert f"{third} was resumed from it and stays" in answer.refused[second]
    assert f"{second} was resumed from it and stays" in answer.refused[first]
    assert archive(spec, first, second, third).runs == (first, second, third)
    other = partly_failed(spec)
    resumed = spec.resume("B").ends("B").ends("C").run
    assert archive(spec, resumed).runs == (resumed,)
    assert archive(spec, other).runs == (other,)


def test_carried_details_serve_the_runs_that_stay() -> None:
    """With its details carried a run may go at once: those resumed from it, of whatever version, are the same as
    before, in memory and when they are folded from the log, and may be resumed."""
    spec = Specification(TEXT)
    first = partly_failed(spec)
    spec.when(commands.PutRunProperties, "W", first, {"checked": "yes"})
    second = spec.resume("B").ends("B", "FAILED").run
    spec.when(commands.PutRunProperties, "W", first, {"checked": "twice"})
    other = spec.resume("B", run=first).ends("B").ends("C").run
    before = {run: pack(spec.graph(run)) for run in (second, other)}
    assert archive(spec, first, carry=True).runs == (first,)
    anew = Standing(reader(spec.log))
    for recorded in spec.log.after(0):
        replay(anew, recorded)
    for run, graph in before.items():
        spec.standing.references.clear()
        assert pack(spec.graph(run)) == graph
        assert pack(anew.graph(run)) == graph
    assert summarize(anew.graph(first)) == summarize(spec.graph(first))
    spec.resume("B", run=second).ends("B").ends("C").then("C SUCCEEDED", "run COMPLETED")
    assert spec.attempts("A")[0].run_id == first


def test_archived_run_is_not_resumed_and_not_changed() -> None:
    """What needs the events of an archived run is refused, and says where they are."""
    spec = Specification(TEXT)
    run = partly_failed(spec)
    resuming = spec.resuming("B")
    archive(spec, run)
    told = "into old.jsonl; here is only what its history row says"
    spec.then_refused("EntityNotFoundException", told, *resuming)
    spec.then_refused("EntityNotFoundException", told, commands.PutRunProperties, "W", run, {"day": "friday"})
    spec.then_refused("IllegalWorkflowStateException", "is COMPLETED", commands.StopRun, "W", run)
