"""Facts out of a log and out of a daemon's documents: the same ones, filtered the same way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.audit import facts as module
from daemon.audit.facts import EventsSource, LogSource, Wanted, before, document, facts, recorded
from daemon.engine import LOG_FILE
from daemon.mqtt.messages import About, Origin, cloud_event
from events.catalogue import decode
from events.reading import ReadOnlyLog, Recorded
from tests.daemon.audit.kept_logs import kept, repaired
from tests.recorded.samples import Sample, samples

STREAMS = {"run": "wr_1", "node": "wr_1", "job_run": "jr_1", "crawl": "crawl:1"}


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_documents_are_read_back(sample: Sample) -> None:
    """Out of the document that monitors get comes the very event that it was made from."""
    stream = STREAMS.get(sample.name.partition(".")[0], "some:stream")
    original = Recorded(7, stream, 3, decode(sample.name, sample.body))
    shown = json.loads(json.dumps(cloud_event(original, Origin("n", "log"), About("W"))))
    assert recorded(shown) == original


def test_what_is_no_event_is_said() -> None:
    """A document that is no event of reglue's is refused with what is wrong."""
    with pytest.raises(ValueError, match="cannot be read"):
        recorded({"data": {}})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ReadOnlyLog]:
    """A log with a story in it."""
    with ReadOnlyLog(kept(repaired(), tmp_path) / LOG_FILE) as opened:
        yield opened


@pytest.fixture(params=[1, 3, 1000])
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of several sizes, which must not show."""
    monkeypatch.setattr(module, "PAGE", request.param)


def positions(log: ReadOnlyLog, **wanted: Any) -> list[int]:
    """Where the facts stand that are wanted."""
    return [one.position for one in facts(LogSource(log), Wanted(**wanted))]


@pytest.mark.usefixtures("page")
def test_filters_choose(log: ReadOnlyLog) -> None:
    """Each filter leaves what it says, in order; together they leave what all of them do."""
    everything = list(log.after(0))
    end = len(everything)
    assert positions(log) == list(range(1, end + 1))
    assert positions(log, after=3, until=6) == [4, 5, 6]
    assert positions(log, limit=2) == [1, 2]
    runs = [one.stream for one in everything if one.stream.startswith("wr_")]
    assert positions(log, stream=runs[0]) == [one.position for one in everything if one.stream == runs[0]]
    started = [one.position for one in everything if type(one.event).__name__ == "NodeStarted"]
    assert positions(log, types=("node.started",)) == started
    assert positions(log, types=("node.started",), stream="wr_none") == []
    assert positions(log, types=("node.started",), limit=1) == started[:1]
    who = everything[-1].event.by
    assert positions(log, by=who) == [one.position for one in everything if one.event.by == who]


@pytest.mark.usefixtures("page")
def test_workflow_has_its_definition_triggers_and_runs(log: ReadOnlyLog) -> None:
    """What belongs to a workflow is found in streams of every kind, what does not is left out."""
    everything = list(log.after(0))
    workflow = next(one.stream.partition(":")[2] for one in everything if one.stream.startswith("workflow:"))
    found = {everything[position - 1].stream.partition(":")[0][:3] for position in positions(log, workflow=workflow)}
    assert found == {"wor", "tri", "des", "wr_"}
    assert positions(log, workflow="none") == []


def test_moments_are_found_by_halving(log: ReadOnlyLog) -> None:
    """The position before a moment is that of the last event that happened earlier."""
    source = LogSource(log)
    moments = [one.event.at for one in log.after(0)]
    for at in {0, *moments, moments[-1] + 1}:
        assert before(source, at) == sum(moment < at for moment in moments)
        assert positions(log, since=at) == [n for n, moment in enumerate(moments, 1) if moment >= at]
        assert positions(log, to=at) == [n for n, moment in enumerate(moments, 1) if moment <= at]


def test_followers_have_what_comes_later(tmp_path: Path) -> None:
    """At the end of the log it is asked whether to look again; what was appended meanwhile is next."""
    spec = repaired()
    directory = kept(spec, tmp_path)
    turns: list[int] = []

    def rest() -> bool:
        turns.append(len(turns))
        return len(turns) < 3

    with ReadOnlyLog(directory / LOG_FILE) as log:
        assert len(list(facts(LogSource(log), Wanted(), rest))) == spec.log.position()
    assert len(turns) == 3


def test_a_daemon_is_asked_page_by_page() -> None:
    """Out of a daemon's pages come the same facts; where it says where to go on, it is asked for more."""
    story = list(repaired().log.after(0))
    asked: list[dict[str, str | int]] = []

    def read(query: dict[str, str | int]) -> dict[str, Any]:
        asked.append(query)
        after = int(query["after"]) if "after" in query else 0
        found = story[after : after + 5]
        events = [json.loads(json.dumps(cloud_event(one, Origin("n", "log"), About("W")))) for one in found]
        return {"events": events, "head": len(story), "next": after + 5 if after + 5 < len(story) else None}

    source = EventsSource(read)
    assert [document(one) for one in facts(source, Wanted(workflow="W"))] == [document(one) for one in story]
    assert asked[0]["workflow"] == "W"
    assert source.head() == len(story)
