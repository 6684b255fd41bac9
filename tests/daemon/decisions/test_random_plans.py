"""Random workflows partly fail and are resumed by plans: a preview is what happens, and today's design is caught up
with."""

from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from daemon import commands
from daemon.commands import ResumeRun
from daemon.decisions.decision import Situation
from daemon.decisions.forecast import Forecast, forecast_resume
from daemon.errors import InvalidInput
from events import runs
from events.vocabulary import NodeKey, unique_id
from projections.rebuild import catch_up
from projections.run_values import RunGraph
from projections.store import ViewStore
from tests.daemon.decisions.design_text import triggers
from tests.daemon.decisions.random_workflows import BODIES, EXAMPLES, check_graph, play, workflow_texts
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import standing_values


def preview(spec: Specification, *values: Any) -> Forecast:
    """The forecast of a resume asked for now; `values` follow what every command has."""
    command = ResumeRun(spec.at, "api:test", b"preview", *values)
    return forecast_resume(command, Situation(spec.standing, command, spec.strict))


def all_goes_well(spec: Specification, run: str) -> RunGraph:
    """Lets a run go on to its end, every attempt succeeding, in whatever order they are under way."""
    while spec.graph(run).is_active:
        graph = spec.graph(run)
        under_way = [a for node in graph.active.values() for a in graph.attempts[node] if a.is_active]
        attempt = next(one for one in under_way if one.state != "WAITING")
        spec.when(commands.CompleteNode, run, attempt.id, "SUCCEEDED")
    check_graph(spec, spec.graph(run))
    return spec.graph(run)


def redefine(spec: Specification, text: str) -> None:
    """Replaces all triggers of the workflow."""
    for definition in spec.standing.designs.triggers_of("W"):
        spec.when(commands.RemoveTrigger, definition.name)
    for line in triggers(text, "W"):
        spec.when(commands.DefineTrigger, line.definition, line.state != "CREATED")


def begun(spec: Specification, run: str) -> tuple[set[NodeKey], set[str]]:
    """The nodes that ran in a run itself, and the triggers that fired in it."""
    facts = [recorded.event for recorded in spec.log.stream(run)]
    nodes = {fact.node for fact in facts if isinstance(fact, runs.NodeStarted | runs.NodeRefused)}
    return nodes, {fact.trigger for fact in facts if isinstance(fact, runs.TriggerFired)}


def picks_of(graph: RunGraph, data: st.DataObject) -> tuple[str, ...]:
    """Random nodes that the run attempted, by id."""
    picked = data.draw(st.lists(st.sampled_from(sorted(graph.attempts)), min_size=1, max_size=4))
    return tuple(unique_id(graph.workflow, *node.split(":")) for node in picked)


@EXAMPLES
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_preview_is_what_happens(text: str, bodies: Any, data: st.DataObject) -> None:
    """Along a chain of resumes, if all goes well: what runs, what fires, what is copied; and the plan's run is the one
    that its token names, however often it is asked for."""
    spec = Specification(text, bodies)
    run = spec.start().run
    play(spec, data)
    for _ in range(data.draw(st.integers(1, 3))):
        graph = spec.graph(run)
        asked = ("W", run, picks_of(graph, data))
        forecast = preview(spec, *asked)
        resumed = spec.when(ResumeRun, *asked, False, False, False, {}, False, forecast.plan.token).answer
        copied = {
            node: a[0].run_id
            for node, a in spec.graph(resumed.run_id).attempts.items()
            if a[0].run_id != resumed.run_id
        }
        assert copied == {node: one for one, nodes in forecast.copied.items() for node in nodes}
        after = all_goes_well(spec, resumed.run_id)
        assert begun(spec, resumed.run_id) == (set(forecast.running), set(forecast.firing))
        assert set(forecast.idle) == {node for node in after.design.nodes if node not in after.attempts}
        again = spec.when(ResumeRun, *asked, False, False, False, {}, False, forecast.plan.token).answer
        assert (again.run_id, again.node_ids, again.again) == (resumed.run_id, resumed.node_ids, True)
        assert not spec.facts
        run = _partly_failed(spec, data)


def _partly_failed(spec: Specification, data: st.DataObject) -> str:
    """One of the runs, or a new one that ends at random."""
    if data.draw(st.booleans()):
        return data.draw(st.sampled_from(spec.log_runs()))
    run = spec.start().run
    play(spec, data)
    return run


@EXAMPLES
@given(workflow_texts(cycles=False), workflow_texts(cycles=False), BODIES, st.data())
def test_resume_on_the_design_of_today_ends_like_a_fresh_run(
    text: str, today: str, bodies: Any, data: st.DataObject
) -> None:
    """If all goes well: the same nodes succeeded and the same triggers fired as in a run started anew. Only what had to
    run did: what failed, what is new, and what is downstream of either. Any preview said just that."""
    spec = Specification(text, bodies)
    for job in set("ABCDEFGH") - {definition.name for definition in spec.standing.designs.all("job")}:
        spec.when(commands.DefineJob, job, bodies[job])
    run = spec.start().run
    play(spec, data)
    redefine(spec, today)
    fresh = all_goes_well(spec, spec.start().run)
    previous = spec.graph(run)
    assume(fresh.design is not previous.design)  # else it is a resume like any other
    asked: tuple[Any, ...] = ("W", run, (), False, True, False, {}, True)
    try:
        forecast = preview(spec, *asked)
    except InvalidInput as refusal:
        event(str(refusal)[:30])
        assume(False)
    resumed = spec.when(ResumeRun, *asked, forecast.plan.token).answer.run_id
    check_graph_today(spec, resumed)
    after = all_goes_well(spec, resumed)
    assert {node: a[0].state for node, a in after.attempts.items()} == {
        n: a[0].state for n, a in fresh.attempts.items()
    }
    assert set(after.fired) == set(fresh.fired)
    nodes, fired = begun(spec, resumed)
    assert (nodes, fired) == (set(forecast.running), set(forecast.firing))
    well = {node for node, a in previous.attempts.items() if {a[0].state, previous.ended[node]} == {"SUCCEEDED"}}
    sources = (set(previous.attempts) - well) & set(after.design.nodes)
    sources |= {node for node in fresh.attempts if node not in previous.attempts}
    assert nodes <= sources | after.design.downstream(sources)
    views = ViewStore(None)
    assert standing_values(catch_up(spec.log, views), spec.log) == standing_values(spec.standing, spec.log)
    views.close()


def check_graph_today(spec: Specification, run: str) -> None:
    """What is carried was the previous run's, and nothing is overdue."""
    graph = spec.graph(run)
    previous = spec.graph(graph.previous)
    carried = {node: a for node, a in graph.attempts.items() if a[0].run_id != run}
    assert carried.items() <= previous.attempts.items()
    assert not graph.ripe
    assert {name: firing.run_id for name, firing in graph.fired.items() if firing.run_id == run}.keys() <= begun(
        spec, run
    )[1]


@EXAMPLES
@given(st.lists(workflow_texts(cycles=True), min_size=2, max_size=4), BODIES, st.data())
def test_chains_of_resumes_over_changing_designs_keep_every_promise(
    texts: list[str], bodies: Any, data: st.DataObject
) -> None:
    """Resumes on the design of the day follow resumes on a run's own, with random ends between them: every run ends,
    what is counted is right, what is carried was the previous run's, and the log alone says the same."""
    spec = Specification(texts[0], bodies)
    for job in set("ABCDEFGH") - {definition.name for definition in spec.standing.designs.all("job")}:
        spec.when(commands.DefineJob, job, bodies[job])
    run = spec.start().run
    play(spec, data)
    for text in texts[1:]:
        redefine(spec, text)
        for today in data.draw(st.lists(st.booleans(), min_size=1, max_size=2)):
            picks = picks_of(spec.graph(run), data) if data.draw(st.booleans()) else ()
            try:
                spec.when(ResumeRun, "W", run, picks, False, True, False, {}, today)
            except InvalidInput as refusal:
                event(str(refusal)[:30])
                continue
            run = spec.answer.run_id
            check_graph_today(spec, run)
            play(spec, data)
            check_graph(spec, spec.graph(run))
            assert spec.graph(run).status == "COMPLETED"
    views = ViewStore(None)
    assert standing_values(catch_up(spec.log, views), spec.log) == standing_values(spec.standing, spec.log)
    views.close()
