"""A memory that is ahead of its log: what has ended there is seen whole, however small the cache."""

import pytest

from events.ledger import Fact
from projections import references
from projections.rebuild import reader
from projections.standing import Standing
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import graph_values
from tests.projections.memory_log import MemoryLog
from tests.projections.test_references import finished


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache of finished runs holds the newest alone."""
    monkeypatch.setattr(references, "CACHED_NODES", 1)


def ahead_of(log: MemoryLog, spec: Specification) -> tuple[Standing, list[Fact]]:
    """A standing that has decided all that happened, of which the log holds nothing yet."""
    standing = Standing(reader(log))
    facts: list[Fact] = []
    for _, stream, _, event in spec.log.after(0):
        standing.designs.design("W")  # as whoever starts a run has it in hand
        facts.append(Fact(stream, standing.anticipate(stream, event), event))
    return standing, facts


def test_run_that_the_log_does_not_hold_is_seen_whole() -> None:
    """Others that ended since do not push a run out of memory before its end can be read from the log."""
    spec, runs = finished(3)
    log = MemoryLog()
    standing, facts = ahead_of(log, spec)
    beginning = next(place for place, fact in enumerate(facts) if fact.stream == runs[0]) + 1
    log.append(facts[:beginning])
    standing.recorded(facts[:beginning])
    assert [graph_values(standing.graph(run)) for run in runs] == [graph_values(spec.graph(run)) for run in runs]
    log.append(facts[beginning:])
    standing.recorded(facts[beginning:])
    assert [graph_values(standing.graph(run)) for run in runs] == [graph_values(spec.graph(run)) for run in runs]
    assert log.reads >= 2


def test_resume_builds_on_what_the_log_does_not_hold() -> None:
    """A run that was pushed out of the cache is resumed as memory knows it."""
    spec, (first, _) = finished(2)
    spec.resume("B", run=first)
    standing, _ = ahead_of(MemoryLog(), spec)
    assert graph_values(standing.graph(spec.run)) == graph_values(spec.graph())
