"""Folding large graphs: alike vertices share a box, nothing is lost, what was opened stays open."""

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.console.graph_folding import fold, unfolded
from events.vocabulary import Action, Condition, DesignSnapshot, Predicate, SnapshotTrigger, TriggerDefinition
from projections.design_graph import DesignGraph


def starting(name: str, *jobs: str) -> SnapshotTrigger:
    """An on-demand trigger that starts these jobs."""
    actions = tuple(Action(job_name=job) for job in jobs)
    return SnapshotTrigger(TriggerDefinition(name, "ON_DEMAND", "w", actions=actions), "CREATED")


def following(name: str, watched: str, *jobs: str) -> SnapshotTrigger:
    """A trigger that starts jobs after another."""
    predicate = Predicate(conditions=(Condition("EQUALS", watched, "SUCCEEDED"),))
    actions = tuple(Action(job_name=job) for job in jobs)
    return SnapshotTrigger(
        TriggerDefinition(name, "CONDITIONAL", "w", actions=actions, predicate=predicate), "ACTIVATED"
    )


def parallel_chains(count: int) -> DesignGraph:
    """One start, and so many chains of two jobs."""
    start = starting("start", *(f"a{i}" for i in range(count)))
    return DesignGraph(DesignSnapshot("w", (start, *(following(f"t{i}", f"a{i}", f"b{i}") for i in range(count)))))


def test_parallel_chains_become_one_chain_of_boxes() -> None:
    """However many there are, a reader sees four boxes."""
    folded = fold(parallel_chains(500), frozenset(), 100)
    assert folded.vertices == ("TRIGGER:start", "GROUP:JOB:a0", "GROUP:TRIGGER:t0", "GROUP:JOB:b0")
    assert folded.edges == tuple(zip(folded.vertices, folded.vertices[1:], strict=False))
    assert {len(members) for members in folded.members.values()} == {500}


def test_an_opened_group_shows_its_members() -> None:
    """Its members take its place, with their edges to the groups that stay folded."""
    folded = fold(parallel_chains(5), frozenset({"GROUP:JOB:a0"}), 100)
    assert {f"JOB:a{i}" for i in range(5)} <= set(folded.vertices)
    assert ("JOB:a3", "GROUP:TRIGGER:t0") in folded.edges
    assert "GROUP:JOB:a0" not in folded.members


def test_a_graph_without_likeness_is_folded_by_layers() -> None:
    """A trigger that starts chains of different lengths has no two vertices alike, and becomes small all the same."""
    triggers = [starting("start", *(f"j{i}.0" for i in range(30)))]
    for i in range(30):
        triggers += [following(f"t{i}.{k}", f"j{i}.{k}", f"j{i}.{k + 1}") for k in range(i)]
    design = DesignGraph(DesignSnapshot("w", tuple(triggers)))
    assert len(design.order) > 900
    assert len(fold(design, frozenset(), 100).vertices) < 100


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30, unique=True), st.integers(1, 20))
def test_every_vertex_is_in_one_box(pairs: list[tuple[int, int]], most: int) -> None:
    """Folded or not, each vertex is drawn itself or stands in one group, and each edge joins boxes that are drawn."""
    triggers = tuple(following(f"t{a}-{b}", f"j{a}", f"j{b}") for a, b in pairs)
    design = DesignGraph(DesignSnapshot("w", triggers))
    for folded in (unfolded(design), fold(design, frozenset(), most)):
        inside = [member for members in folded.members.values() for member in members]
        drawn = [vertex for vertex in folded.vertices if vertex not in folded.members]
        assert sorted(inside + drawn) == sorted(design.order)
        assert {end for edge in folded.edges for end in edge} <= set(folded.vertices)
