"""Finished graphs as bytes, so that a read at the end of a long chain of resumes need not fold the whole chain.

Every tenth resume leaves its finished graph among the persisted rows. Like all rows it is made from the log and may
be lost: whoever finds none folds on, one run further back.

Packed graphs are in stubs of archived runs too (`events/archives.py`), and there they are a storage format: fields of
graphs, attempts and firings keep their names and meanings, and one that comes later has a default.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from projections.design_graph import DesignGraph
from projections.run_values import RunGraph, Terms

EVERY = 10
"""Resumes from one checkpoint of a chain to the next; a read folds at most so many runs."""

_STORED_TYPES: dict[str, Any] = {"design": str, "earlier": dict[str, tuple[str, dict[str, str]]]}
"""Fields that hold designs, each stored with their content hashes instead."""

_NOT_STORED = frozenset({"archived"})
"""Only graphs of runs whose events are there are packed."""


def _stored(field: Any) -> tuple[Any, ...]:
    """A field with its default: those that came later are not in every packed graph."""
    kind = _STORED_TYPES.get(field.name, field.type)
    if field.default_factory is not msgspec.NODEFAULT:
        return field.name, kind, msgspec.field(default_factory=field.default_factory)
    return (field.name, kind) if field.default is msgspec.NODEFAULT else (field.name, kind, field.default)


_Stored: Any = msgspec.defstruct(
    "_Stored", [_stored(f) for f in msgspec.structs.fields(RunGraph) if f.name not in _NOT_STORED], frozen=True
)


def is_due(graph: RunGraph) -> bool:
    """Whether the graph is to be kept: finished, and a round number of resumes away from the first run."""
    return graph.depth > 0 and graph.depth % EVERY == 0 and not graph.is_active and graph.archived is None


def pack(graph: RunGraph) -> bytes:
    """The graph as bytes; its designs are named by their content hashes."""
    earlier = {run: (terms.design.hash, terms.parameters) for run, terms in graph.earlier.items()}
    values = msgspec.structs.asdict(graph) | {"design": graph.design.hash, "earlier": earlier}
    del values["archived"]
    return msgspec.msgpack.encode(values)


def unpack(body: bytes, design: Callable[[str], DesignGraph]) -> RunGraph | None:
    """The graph from its bytes; None for bytes that are no packed graph of today."""
    try:
        stored = msgspec.msgpack.decode(body, type=_Stored)
    except msgspec.MsgspecError:
        return None
    earlier = {run: Terms(design(name), parameters) for run, (name, parameters) in stored.earlier.items()}
    return RunGraph(**msgspec.structs.asdict(stored) | {"design": design(stored.design), "earlier": earlier})
