"""`POST /v1/runs/{run_id}/resume`: a resume with more than Glue's wire can ask for.

Nodes are given by name (`J2`), by key (`JOB:J2`) or by `UniqueId`, and a STOPPED run may be resumed if the request says
so. The decision is the same as for ResumeWorkflowRun.
"""

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon import commands
from daemon.api.request_body import read_body
from daemon.api.wire import principal
from daemon.engine import Engine
from daemon.errors import EntityNotFound, InvalidInput, NotJson
from events.vocabulary import NODE_ID_PREFIX, RUN_ID_PREFIX, NodeKey, node_kind, node_name, unique_id
from projections.design_graph import DesignGraph
from projections.references import UnknownRun
from projections.run_values import RunGraph


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request's document."""

    nodes: list[str]
    allow_stopped: bool = False


class Resuming:
    """Resumes runs of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.routes = [Route("/v1/runs/{run_id}/resume", self.resume, methods=["POST"])]

    async def resume(self, request: Request) -> Response:
        """Answers the new run, the nodes that start at once, and those named without need."""
        headers = dict(request.scope["headers"])
        asked = _read(await read_body(headers, request.receive))
        graph = self._graph(request.path_params["run_id"])
        if not graph.workflow:
            raise InvalidInput(f"Run {graph.run_id} belongs to no workflow: fire its trigger anew (StartTrigger).")
        ids = {_unique_id(graph.design, node): node for node in asked.nodes}
        engine = self._engine
        resumed: commands.Resumed = await engine.handle(
            commands.ResumeRun(
                engine.now(),
                principal(headers.get(b"authorization")),
                engine.seed(),
                graph.workflow,
                graph.run_id,
                tuple(ids),
                asked.allow_stopped,
            )
        )
        vertices = graph.design.node_of_unique_id
        document = {
            "run_id": resumed.run_id,
            "previous_run_id": graph.run_id,
            "starting": [vertices[node_id] for node_id in resumed.node_ids],
            "redundant": [vertices[node_id] for node_id in ids if node_id not in resumed.node_ids],
        }
        return Response(orjson.dumps(document), media_type="application/json")

    def _graph(self, run_id: str) -> RunGraph:
        try:
            if run_id.startswith(RUN_ID_PREFIX):
                return self._engine.graph(run_id)
        except UnknownRun:
            pass
        raise EntityNotFound(f"There is no run with the id {run_id!r}.")


def _read(body: bytes) -> Asked:
    try:
        return msgspec.json.decode(body, type=Asked)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f'The body is not {{"nodes": [NAME, ...], "allow_stopped": true or false}}: {error}'
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJson(f"The request's body is not JSON: {error}") from error


def _unique_id(design: DesignGraph, node: str) -> str:
    """The `UniqueId` of a node given by name, key or id. What is no node is left to the decision to refuse."""
    if node.startswith(NODE_ID_PREFIX) and node in design.node_of_unique_id:
        return node
    found = [key for key in design.nodes if node in (key, node_name(key))]
    if len(found) > 1:
        raise InvalidInput(f"nodes: {node!r} is both a job and a crawler: write {' or '.join(found)}.")
    if not found:
        raise InvalidInput(f"nodes: the run has no job or crawler {node!r}. It has {_some(design.nodes)}.")
    return unique_id(design.workflow, node_kind(found[0]), node_name(found[0]))


def _some(nodes: tuple[NodeKey, ...]) -> str:
    return ", ".join(nodes[:20]) + (" and more" if len(nodes) > 20 else "")
