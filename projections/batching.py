"""How an EVENT trigger gathers events into batches: its EventBatchingCondition with Glue's defaults."""

import msgspec

from projections.designs import Designs

DEFAULT_WINDOW_SECONDS = 900


class Batching(msgspec.Struct, frozen=True):
    """A batch is complete with `size` events, or `window` seconds after its first one, whichever comes first."""

    trigger: str
    size: int = 1
    window: int = DEFAULT_WINDOW_SECONDS


def batching_of(designs: Designs, workflow: str) -> Batching | None:
    """How a workflow batches its events; None if it has no EVENT trigger, or is not defined.

    Glue: without a condition every event starts a run.
    """
    if designs.workflow(workflow) is None:
        return None
    design = designs.design(workflow)
    start = design.triggers[design.start_trigger].definition if design.start_trigger is not None else None
    if start is None or start.type != "EVENT":
        return None
    condition = start.event_batching_condition or {}
    return Batching(start.name, condition.get("BatchSize", 1), condition.get("BatchWindow", DEFAULT_WINDOW_SECONDS))
