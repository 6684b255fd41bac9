"""Where boxes stand: none on another, edges to the right, every edge drawn."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.console.graph_layout import BOX_HEIGHT, BOX_WIDTH, Layout, in_layers, lay_out

Edges = list[tuple[str, str]]

names = st.integers(0, 30).map(str)
edges = st.lists(st.tuples(names, names), max_size=60, unique=True)


@settings(deadline=None)
@given(edges, st.sampled_from([lay_out, in_layers]))
def test_no_two_boxes_overlap_and_every_edge_has_its_ends(pairs: Edges, made: Callable[..., Layout]) -> None:
    """Whatever the graph, cycles, lone vertices and separate parts included; by the library or without it."""
    vertices = sorted({name for pair in pairs for name in pair} | {"alone"})
    layout = made(vertices, pairs)
    places = list(layout.places.items())
    for i, (_, (x, y)) in enumerate(places):
        assert 0 <= x <= layout.width - BOX_WIDTH
        assert 0 <= y <= layout.height - BOX_HEIGHT
        assert not [other for other, (u, v) in places[i + 1 :] if abs(u - x) < BOX_WIDTH and abs(v - y) < BOX_HEIGHT]
    assert set(layout.paths) == {(source, target) for source, target in pairs if source != target}
    for (source, target), path in layout.paths.items():
        assert path[0] == (layout.places[source][0] + BOX_WIDTH, layout.places[source][1] + BOX_HEIGHT / 2)
        assert path[-1] == (layout.places[target][0], layout.places[target][1] + BOX_HEIGHT / 2)


def test_without_the_library_edges_lead_to_the_right() -> None:
    """Each box stands in the layer after the last that leads to it; what leads back is drawn all the same."""
    layout = in_layers(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c"), ("c", "a")])
    assert layout.places["a"][0] < layout.places["b"][0] < layout.places["c"][0]
    assert layout == in_layers(["a", "b", "c"], [("c", "a"), ("a", "c"), ("b", "c"), ("a", "b")])


def test_edges_lead_to_the_right_and_go_round_boxes() -> None:
    """In a graph without cycles each target stands right of its source; a long edge bends on its way."""
    layout = lay_out(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    assert layout.places["a"][0] < layout.places["b"][0] < layout.places["c"][0]
    assert len(layout.paths["a", "c"]) == 3
    assert len(layout.paths["a", "b"]) == 2


def test_an_empty_graph_has_a_layout() -> None:
    """A workflow without triggers is drawn as nothing."""
    assert lay_out([], []).places == {}
