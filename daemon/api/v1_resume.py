"""`POST /v1/runs/{run_id}/resume`, with more than Glue's wire can ask for, and `.../resume-preview`, which tells what
it would do.

Nodes are given by name (`J2`), by key (`JOB:J2`) or by `UniqueId`. A preview's token makes a resume do just what was
previewed; it suffices alone as long as this daemon remembers the preview.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon import commands
from daemon.api.request_body import document, read_body
from daemon.api.v1_plans import plan_document
from daemon.api.wire import principal
from daemon.decisions.decision import Situation, with_nodes
from daemon.decisions.forecast import forecast_resume
from daemon.engine import Engine
from daemon.errors import EntityNotFound, InvalidInput
from events.vocabulary import NODE_ID_PREFIX, NodeKey, node_kind, node_name, unique_id
from projections.design_graph import DesignGraph
from projections.run_values import RunGraph

JSON = "application/json"
REMEMBERED = 1_000
"""So many previews are remembered by their tokens."""

_FORM = (
    '{"nodes": [NAME, ...], "failed": true or false, "allow_stopped": true or false, '
    '"with_current_design": true or false, "properties": {KEY: VALUE}, "plan": TOKEN}, each of which may be left out'
)


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request's document."""

    nodes: list[str] = []
    failed: bool = False
    allow_stopped: bool = False
    with_current_design: bool = False
    properties: dict[str, str] = {}
    plan: str = ""


class Resuming:
    """Resumes runs of one engine, and previews it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._previews: OrderedDict[str, Asked] = OrderedDict()
        self.routes = [
            Route("/v1/runs/{run_id}/resume", self.resume, methods=["POST"]),
            Route("/v1/runs/{run_id}/resume-preview", self.preview, methods=["POST"]),
        ]

    async def resume(self, request: Request) -> Response:
        """Answers the new run, the nodes that start at once, and the picks left out."""
        command = await self._command(request)
        return Response(orjson.dumps(await self._carried_out(command)), media_type=JSON)

    async def carry_out(self, run_id: str, asked: dict[str, Any], by: str) -> dict[str, Any]:
        """Does what a request with this document would, and answers the same, on behalf of another door. A `workflow`
        in the document must be the run's. Raises the leaves of ReglueError."""
        members = dict(asked)
        workflow, graph = members.pop("workflow", ""), await self._engine.workflow_run(run_id)
        if workflow and workflow != graph.workflow:
            raise EntityNotFound(f"Workflow {workflow!r} has no run with the id {run_id!r}.")
        return await self._carried_out(self._made(graph, msgspec.convert(members, Asked), by))

    async def _carried_out(self, command: commands.ResumeRun) -> dict[str, Any]:
        resumed: commands.Resumed = await self._engine.handle(command)
        graph = self._engine.graph(resumed.run_id)
        return {
            "run_id": resumed.run_id,
            "previous_run_id": command.run_id,
            "starting": graph.restarted,
            "redundant": [node for node in graph.asked if node not in graph.restarted],
            "again": resumed.again,
        }

    async def preview(self, request: Request) -> Response:
        """Answers the plan with its token and what it comes to if all goes well; changes nothing."""
        command = await self._command(request)
        if command.plan:
            raise InvalidInput("plan: a preview makes a plan of its own; leave the token out.")
        engine = self._engine
        forecast = forecast_resume(command, Situation(engine.standing, command, engine.settings.strict_glue))
        body = orjson.dumps(plan_document(forecast))
        await engine.settled()
        self._remember(forecast.plan.token, command)
        return Response(body, media_type=JSON)

    def _remember(self, token: str, command: commands.ResumeRun) -> None:
        self._previews[token] = Asked(
            list(command.node_ids),
            command.failed,
            command.allow_stopped,
            command.current_design,
            command.properties,
        )
        if len(self._previews) > REMEMBERED:
            self._previews.popitem(last=False)

    async def _command(self, request: Request) -> commands.ResumeRun:
        headers = dict(request.scope["headers"])
        asked = document(await read_body(headers, request.receive), Asked, _FORM)
        graph = await self._engine.workflow_run(request.path_params["run_id"])
        return self._made(graph, asked, principal(headers.get(b"authorization")))

    def _made(self, graph: RunGraph, asked: Asked, by: str) -> commands.ResumeRun:
        if asked == Asked(plan=asked.plan) and asked.plan in self._previews:
            asked = msgspec.structs.replace(self._previews[asked.plan], plan=asked.plan)
        with_nodes(graph)
        if not graph.workflow:
            raise InvalidInput(f"Run {graph.run_id} belongs to no workflow: fire its trigger anew (StartTrigger).")
        engine = self._engine
        designs = [graph.design]
        if asked.with_current_design:
            designs.append(engine.standing.designs.design(graph.workflow))
        return commands.ResumeRun(
            engine.now(),
            by,
            engine.seed(),
            graph.workflow,
            graph.run_id,
            tuple(dict.fromkeys(_unique_id(designs, node) for node in asked.nodes)),
            asked.allow_stopped,
            asked.failed,
            True,
            asked.properties,
            asked.with_current_design,
            asked.plan,
        )


def _unique_id(designs: Iterable[DesignGraph], node: str) -> str:
    """The `UniqueId` of a node given by name, key or id. What is no node is left to the decision to refuse."""
    if node.startswith(NODE_ID_PREFIX) and any(node in design.node_of_unique_id for design in designs):
        return node
    nodes = dict.fromkeys(key for design in designs for key in design.nodes)
    found = [key for key in nodes if node in (key, node_name(key))]
    if len(found) > 1:
        raise InvalidInput(f"nodes: {node!r} is both a job and a crawler: write {' or '.join(found)}.")
    if not found:
        raise InvalidInput(f"nodes: the run has no job or crawler {node!r}. It has {_some(tuple(nodes))}.")
    workflow = next(iter(designs)).workflow
    return unique_id(workflow, node_kind(found[0]), node_name(found[0]))


def _some(nodes: tuple[NodeKey, ...]) -> str:
    return ", ".join(nodes[:20]) + (" and more" if len(nodes) > 20 else "")
