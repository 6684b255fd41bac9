"""The compiled design: order, what lies downstream, and the names of nodes."""

from hypothesis import given

from events.vocabulary import node_key, unique_id
from projections.design_graph import DesignGraph, content_hash, strongly_connected, trigger_key
from tests.daemon.decisions.random_workflows import EXAMPLES, reachable, workflow_texts
from tests.daemon.decisions.specification import Specification


def design(text: str) -> DesignGraph:
    """The design that a run of this workflow would freeze."""
    return Specification(text).standing.designs.design("W")


def named(vertices: set[str]) -> set[str]:
    """Node keys as they are, triggers by name."""
    return {vertex.removeprefix(trigger_key("")) for vertex in vertices}


@EXAMPLES
@given(workflow_texts(cycles=True))
def test_downstream_is_all_that_can_be_reached(text: str) -> None:
    """By one edge or more, over circles too."""
    graph = design(text)
    for node in graph.nodes:
        assert named(graph.downstream([node])) == reachable(graph, node)


@EXAMPLES
@given(workflow_texts(cycles=True))
def test_order_is_topological(text: str) -> None:
    """A vertex stands before what it leads to, unless both are on one circle."""
    graph = design(text)
    assert sorted(graph.order.values()) == list(range(len(graph.nodes) + len(graph.triggers)))
    for source, targets in graph.successors.items():
        for target in targets:
            on_a_circle = source in graph.downstream([target])
            assert on_a_circle or graph.order[source] < graph.order[target]


@EXAMPLES
@given(workflow_texts(cycles=True))
def test_circles_are_components(text: str) -> None:
    """Two vertices share a component exactly if each leads to the other."""
    graph = design(text)
    components = list(strongly_connected(graph.successors))
    assert sorted(vertex for component in components for vertex in component) == sorted(graph.order)
    for component in components:
        for vertex in component:
            both_ways = {v for v in graph.downstream([vertex]) if vertex in graph.downstream([v])}
            assert both_ways | {vertex} == set(component)


def test_deep_chain_is_ordered_without_recursion() -> None:
    """A chain of five thousand nodes is no problem."""
    successors: dict[str, tuple[str, ...]] = {str(number): (str(number + 1),) for number in range(5_000)}
    assert len(list(strongly_connected(successors))) == 5_001


def test_unique_ids_name_nodes_in_design_and_runs() -> None:
    """The id depends on the workflow, the type and the name alone, so it is the same in the design and every run."""
    spec = Specification("T1: -> A\nT2: A -> crawler:C").start()
    found = spec.graph().design.node_of_unique_id
    assert found == spec.standing.designs.design("W").node_of_unique_id
    assert found[unique_id("W", "JOB", "A")] == node_key("JOB", "A")
    assert sorted(found.values()) == ["CRAWLER:C", "JOB:A", "TRIGGER:T1", "TRIGGER:T2"]
    assert all(len(name) == len("wnode_") + 64 for name in found)


def test_watched_nodes_that_nothing_starts_are_nodes() -> None:
    """A job that a trigger only watches is part of the graph."""
    assert design("T1: -> A\nT2: X -> B").nodes == ("JOB:A", "JOB:X", "JOB:B")


def test_content_hash_tells_designs_apart() -> None:
    """Any difference in a trigger or its state gives another name."""
    texts = ["T1: -> A\nT2: A -> B", "T1: -> A\nT2 CREATED: A -> B", "T1: -> A\nT2: A=FAILED -> B", "T1: -> A"]
    assert len({content_hash(design(text).snapshot) for text in texts}) == len(texts)
