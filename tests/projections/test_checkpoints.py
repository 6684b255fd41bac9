"""Kept graphs: packed and unpacked they are the same, and a long chain is read from the nearest one."""

from collections.abc import Sequence

import msgspec

from events import runs
from events.design import DesignRecorded, Event
from events.vocabulary import Action, Cause, DesignSnapshot, SnapshotTrigger, StreamId, TriggerDefinition, design_stream
from projections.checkpoints import EVERY, is_due, pack, unpack
from projections.design_graph import content_hash
from projections.designs import Designs
from projections.references import References

_SNAPSHOT = DesignSnapshot(
    "W", (SnapshotTrigger(TriggerDefinition("T", "ON_DEMAND", "W", actions=(Action(job_name="J"),)), "CREATED"),)
)
_HASH = content_hash(_SNAPSHOT)


def chain(length: int) -> dict[StreamId, list[Event]]:
    """The streams of a run whose only job fails, and of that many resumes, each of the one before."""
    cause = Cause("API")
    streams: dict[StreamId, list[Event]] = {design_stream(_HASH): [DesignRecorded(1, "t", _SNAPSHOT)]}
    first: list[Event] = [runs.RunStarted(1, "t", "W", _HASH, cause), runs.TriggerFired(1, "t", "T")]
    streams["wr_0"] = first + attempt(0)
    for depth in range(1, length + 1):
        before = streams[f"wr_{depth - 1}"]
        node = ("JOB:J",)
        resumed = runs.RunResumed(
            depth, "t", "W", _HASH, cause, f"wr_{depth - 1}", len(before), "wr_0", depth, node, node
        )
        streams[f"wr_{depth}"] = [resumed, *attempt(depth)]
    return streams


def attempt(number: int) -> list[Event]:
    """One failed attempt, and the run's completion."""
    attempt_id = f"jr_{number}"
    return [
        runs.NodeStarted(number, "t", "JOB:J", attempt_id, 0, "T", 1),
        runs.NodeCompleted(number, "t", "JOB:J", attempt_id, "FAILED", "broken"),
        runs.RunCompleted(number, "t", "COMPLETED"),
    ]


def reading(streams: dict[StreamId, list[Event]], read: list[StreamId]) -> References:
    """References over these streams that note which of them were read."""

    def read_stream(stream: StreamId, up_to: int | None) -> Sequence[Event]:
        read.append(stream)
        return streams.get(stream, [])[:up_to]

    return References(read_stream, Designs())


def test_packed_graph_comes_back_the_same() -> None:
    """Packing and unpacking a graph loses nothing of it."""
    references = reading(chain(EVERY), [])
    graph = references.graph(f"wr_{EVERY}")
    again = unpack(pack(graph), references.design)
    assert again is not None
    assert msgspec.structs.asdict(again) == msgspec.structs.asdict(graph)


def test_only_finished_graphs_at_round_depths_are_due() -> None:
    """The first run and those between two round depths are not kept."""
    references = reading(chain(2 * EVERY), [])
    due = [depth for depth in range(2 * EVERY + 1) if is_due(references.graph(f"wr_{depth}"))]
    assert due == [EVERY, 2 * EVERY]


def test_long_chain_is_folded_from_the_nearest_checkpoint() -> None:
    """With every tenth graph kept, the end of a chain is read from the last one on, with the same result."""
    streams, read = chain(37), list[StreamId]()
    whole = reading(streams, [])
    kept = {run: pack(graph) for run, graph in ((f"wr_{d}", whole.graph(f"wr_{d}")) for d in (10, 20, 30))}
    references = reading(streams, read)
    references.checkpoint = kept.get
    graph = references.graph("wr_37")
    assert set(read) == {design_stream(_HASH), *(f"wr_{depth}" for depth in range(31, 38))}
    assert msgspec.structs.asdict(graph) | {"design": None} == msgspec.structs.asdict(
        reading(streams, []).graph("wr_37")
    ) | {"design": None}


def test_damaged_checkpoint_is_passed_over() -> None:
    """Bytes that are no packed graph cost a longer fold, nothing else."""
    references = reading(chain(12), [])
    references.checkpoint = lambda run: b"\xc1 not a graph"
    assert references.graph("wr_12").depth == 12
