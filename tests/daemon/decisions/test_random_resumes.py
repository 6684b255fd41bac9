"""Random workflows partly fail and are resumed again and again; the invariants of a resume hold every time."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from daemon import commands
from projections.rebuild import catch_up, reader
from projections.standing import Standing
from projections.store import ViewStore
from tests.daemon.decisions.random_workflows import (
    BODIES,
    EXAMPLES,
    check_graph,
    check_resumed,
    play,
    resume,
    workflow_texts,
)
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import row_values, standing_values


def story(text: str, bodies: Any, data: st.DataObject) -> tuple[Specification, list[str], list[str]]:
    """One or two runs at once that end at random, then up to three resumes; all runs, and those that were resumed."""
    spec = Specification(text, bodies)
    runs = [spec.start().run for _ in range(data.draw(st.integers(1, 2)))]
    play(spec, data)
    resumed: list[str] = []
    for _ in range(data.draw(st.integers(0, 3))):
        candidates = [run for run in runs if not spec.graph(run).is_active]
        resumed.append(resume(spec, data, candidates))
        runs.append(resumed[-1])
        check_graph(spec, spec.graph(resumed[-1]))
        if data.draw(st.booleans()):
            play(spec, data)
    play(spec, data)
    for run in runs:
        check_graph(spec, spec.graph(run))
    return spec, runs, resumed


@EXAMPLES
@given(workflow_texts(cycles=False), BODIES, st.data())
def test_every_resume_keeps_its_promises(text: str, bodies: Any, data: st.DataObject) -> None:
    """On graphs without circles: copies equal their origin, only selected and downstream ran, every run completes."""
    spec, runs, resumed = story(text, bodies, data)
    assert {spec.graph(run).status for run in runs} == {"COMPLETED"}
    for run in resumed:
        check_resumed(spec, run)


@EXAMPLES
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_circles_keep_the_promises_too(text: str, bodies: Any, data: st.DataObject) -> None:
    """On graphs with circles the same holds, and every run still ends."""
    spec, runs, resumed = story(text, bodies, data)
    assert {spec.graph(run).status for run in runs} == {"COMPLETED"}
    for run in resumed:
        check_resumed(spec, run)


@EXAMPLES
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_replay_equals_the_live_view(text: str, bodies: Any, data: st.DataObject) -> None:
    """What the log says from scratch, by rows, or by rows left behind anywhere, is what stood in memory."""
    spec, runs, _ = story(text, bodies, data)
    spec.resume(*sorted(node.partition(":")[2] for node in spec.graph(runs[0]).attempts), run=runs[0])
    for _ in range(3):
        spec.start()
    live = standing_values(spec.standing, spec.log)
    fresh = Standing(reader(spec.log))
    for recorded in spec.log.after(0):
        fresh.apply(recorded.stream, recorded.event)
    assert standing_values(fresh, spec.log) == live
    whole, pieces = ViewStore(None), ViewStore(None)
    assert standing_values(catch_up(spec.log, whole), spec.log) == live
    catch_up(spec.log.until(data.draw(st.integers(0, spec.log.position()))), pieces)
    assert standing_values(catch_up(spec.log, pieces), spec.log) == live
    assert row_values(pieces, spec.log) == row_values(whole, spec.log)
    whole.close()
    pieces.close()


@EXAMPLES
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_stopped_runs_end(text: str, bodies: Any, data: st.DataObject) -> None:
    """A run stopped at any moment ends as STOPPED, and nothing fires or starts in it after the request."""
    spec = Specification(text, bodies)
    other, stopped = spec.start().run, spec.start().run
    after = data.draw(st.integers(0, 5))
    seen: list[int] = []

    def stop_in_time() -> None:
        seen.append(0)
        if len(seen) == after + 1 and spec.graph(stopped).is_active:
            spec.when(commands.StopRun, "W", stopped)

    play(spec, data, stop_in_time)
    assert spec.graph(other).status == "COMPLETED"
    names = [type(recorded.event).__name__ for recorded in spec.log.stream(stopped)]
    if "RunStopAsked" in names:
        assert spec.graph(stopped).status == "STOPPED"
        assert not {"TriggerFired", "NodeStarted", "NodeWaiting"} & set(names[names.index("RunStopAsked") :])
