"""Resuming a run: the preview of what that will do, and the button that does just this.

The preview is a plan with a token (`daemon.decisions.resume_plan`). The form sends the token back, so the resume does
what was shown or is refused because something has changed since; pressing the button twice makes one run.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon import commands
from daemon.api.v1_documents import run_summary
from daemon.api.v1_plans import plan_document
from daemon.console.forms import form_of
from daemon.console.page import PRINCIPAL, Around
from daemon.console.pages.run_tabs.graph import refusal
from daemon.console.property_lines import lines_of, properties_of
from daemon.console.rendering import see
from daemon.console.seen import graph_of
from daemon.decisions.decision import Situation, with_nodes
from daemon.decisions.forecast import forecast_resume
from daemon.errors import ReglueError
from events.vocabulary import unique_id
from projections.run_history import summarize
from projections.run_values import RunGraph

Fields = list[tuple[str, str]]
"""The fields of the form: `pick` any number of times, `failed`, `allow_stopped`, `current_design`, `properties`,
`plan`."""


class Resume:
    """The page that previews a resume and carries it out."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._engine = around.engine
        self.reads = [Route("/console/runs/{run_id}/resume", self.preview)]
        self.writes = [Route("/console/runs/{run_id}/resume", self.resume, methods=["POST"])]

    async def preview(self, request: Request) -> Response:
        """What the resume that the query describes will do; a refusal is told in the preview's place."""
        fields = [(name, value) for name, value in request.query_params.multi_items() if name != "plan"]
        graph = with_nodes(await graph_of(self._engine, request))
        try:
            command = self._command(graph, fields)
            situation = Situation(self._engine.standing, command, self._engine.settings.strict_glue)
            plan = plan_document(forecast_resume(command, situation))
        except ReglueError as error:
            return await self._page(request, graph, fields, {"plan": None, "error": str(error)})
        return await self._page(request, graph, fields, {"plan": plan, "error": ""})

    async def resume(self, request: Request) -> Response:
        """Carries the plan out and goes to the new run; a refusal shows the preview as it is now."""
        form = await form_of(request)
        graph = with_nodes(await graph_of(self._engine, request))
        try:
            resumed: commands.Resumed = await self._engine.handle(self._command(graph, form.fields))
        except ReglueError as error:
            fields = [field for field in form.fields if field[0] not in ("plan", "token")]
            return await self._page(request, graph, fields, {"plan": None, "error": str(error), "status": error.status})
        return see(f"/console/runs/{resumed.run_id}")

    def _command(self, graph: RunGraph, fields: Fields) -> commands.ResumeRun:
        given = dict(fields)
        picks = tuple(dict.fromkeys(value for name, value in fields if name == "pick"))
        known = properties_of(given.get("properties", ""))
        changed = {key: value for key, value in known.items() if graph.properties.get(key) != value}
        return commands.ResumeRun(
            self._engine.now(),
            PRINCIPAL,
            self._engine.seed(),
            graph.workflow,
            graph.run_id,
            tuple(_unique_ids(graph.workflow, picks)),
            given.get("allow_stopped") == "1",
            given.get("failed") == "1",
            True,
            changed,
            given.get("current_design") == "1",
            given.get("plan", ""),
        )

    async def _page(self, request: Request, graph: RunGraph, fields: Fields, shown: dict[str, Any]) -> Response:
        status = shown.pop("status", 200)
        given = dict(fields)
        summary = summarize(graph)
        context = {
            "run": run_summary(summary),
            "refusal": refusal(summary),
            "picks": [value for name, value in fields if name == "pick"],
            "failed": given.get("failed") == "1",
            "allow_stopped": given.get("allow_stopped") == "1",
            "current_design": given.get("current_design") == "1",
            "properties": given.get("properties", lines_of(graph.properties)),
            "back": f"/console/runs/{graph.run_id}?{urlencode([f for f in fields if f[0] == 'pick'])}",
        }
        return await self._around.renderer.page(request, "resume.html", context | shown, status)


def _unique_ids(workflow: str, keys: Iterable[str]) -> Iterable[str]:
    """Node keys as the ids that commands name nodes by; what is no node is left to the decision to refuse."""
    for key in keys:
        kind, _, name = key.partition(":")
        yield unique_id(workflow, kind, name)
