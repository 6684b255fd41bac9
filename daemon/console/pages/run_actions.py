"""Starting a run, with its properties in a form, and stopping one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.console.forms import Form, form_of
from daemon.console.page import Around
from daemon.console.property_lines import lines_of, properties_of
from daemon.console.rendering import see
from daemon.errors import EntityNotFound, ReglueError


class RunActions:
    """The forms that start and stop runs of one engine."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self.reads = [Route("/console/start-run", self.ask)]
        self.writes = [
            Route("/console/start-run", self.start, methods=["POST"]),
            Route("/console/stop-run", self.stop, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The form for a run of `workflow`, filled in with its default properties, or with those of the run `like`."""
        workflow = request.query_params.get("workflow", "")
        definition = self._around.engine.standing.designs.workflow(workflow)
        if definition is None:
            raise EntityNotFound(f"Workflow {workflow!r} does not exist.")
        properties = dict(definition.body.get("DefaultRunProperties") or {})
        like = request.query_params.get("like", "")
        if like:
            properties |= (await self._around.engine.workflow_run(like)).properties
        return await self._page(request, {"workflow": workflow, "properties": lines_of(properties), "error": ""})

    async def start(self, request: Request) -> Response:
        """Starts the run and goes to its page; a refusal is told on the form, which keeps what was written."""
        form = await form_of(request)
        try:
            members = {"Name": form.text("workflow"), "RunProperties": properties_of(_text(form, "properties"))}
            answer = await self._around.do("StartWorkflowRun", members)
        except ReglueError as error:
            kept = {"workflow": form.text("workflow"), "properties": _text(form, "properties"), "error": str(error)}
            return await self._page(request, kept, error.status)
        return see(f"/console/runs/{answer['RunId']}")

    async def stop(self, request: Request) -> Response:
        """Stops a run and goes back to its page."""
        form = await form_of(request)
        run_id = form.text("run")
        await self._around.do("StopWorkflowRun", {"Name": form.text("workflow"), "RunId": run_id})
        return see(f"/console/runs/{run_id}")

    async def _page(self, request: Request, context: dict[str, Any], status: int = 200) -> Response:
        return await self._around.renderer.page(request, "start_run.html", context, status)


def _text(form: Form, name: str) -> str:
    """A text of several lines, as it was written."""
    return next((value for field, value in form.fields if field == name), "")
