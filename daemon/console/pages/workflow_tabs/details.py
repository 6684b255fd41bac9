"""The tab with what else a workflow's definition says: limits, default run properties, tags, dates."""

from typing import Any

from starlette.requests import Request

from daemon.api.v1_documents import moment
from daemon.engine import Engine


async def context(engine: Engine, request: Request, name: str) -> dict[str, Any]:
    """The definition's members."""
    definition = engine.standing.designs.workflow(name)
    assert definition is not None
    design = engine.standing.designs.design(name)
    return {
        "arn": f"arn:aws:glue:{engine.settings.region}:{engine.settings.account}:workflow/{name}",
        "created": moment(definition.created_at),
        "modified": moment(definition.modified_at),
        "most_runs": definition.body.get("MaxConcurrentRuns"),
        "properties": definition.body.get("DefaultRunProperties") or {},
        "tags": definition.tags,
        "node_count": len(design.nodes),
        "trigger_count": len(design.triggers),
        "design": design.hash,
    }
