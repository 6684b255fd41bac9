"""Making and changing workflows and their triggers by form, through the operations of Glue's wire."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.console.forms import Form, form_of
from daemon.console.page import Around
from daemon.console.property_lines import lines_of, properties_of
from daemon.console.rendering import see
from daemon.console.trigger_form import EMPTY_ROWS, STATES, TYPES, fields_in, fields_of, members_of, no_fields
from daemon.errors import EntityNotFound, InvalidInput, ReglueError
from projections.designs import Definition, Designs


class Editing:
    """The forms that change definitions."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self.reads = [
            Route("/console/new-workflow", self.new_workflow),
            Route("/console/edit-workflow", self.edit_workflow),
            Route("/console/new-trigger", self.new_trigger),
            Route("/console/edit-trigger", self.edit_trigger),
        ]
        self.writes = [
            Route("/console/new-workflow", self.create_workflow, methods=["POST"]),
            Route("/console/edit-workflow", self.update_workflow, methods=["POST"]),
            Route("/console/delete-workflow", self.delete_workflow, methods=["POST"]),
            Route("/console/new-trigger", self.create_trigger, methods=["POST"]),
            Route("/console/edit-trigger", self.update_trigger, methods=["POST"]),
            Route("/console/delete-trigger", self.delete_trigger, methods=["POST"]),
        ]

    @property
    def _designs(self) -> Designs:
        return self._around.engine.standing.designs

    async def new_workflow(self, request: Request) -> Response:
        """The form of a workflow that is not there yet."""
        return await self._workflow_page(request, _WORKFLOW, is_new=True)

    async def edit_workflow(self, request: Request) -> Response:
        """The form of `workflow` as it is."""
        definition = self._workflow(request.query_params.get("workflow", ""))
        body = definition.body
        fields = {
            "name": definition.name,
            "description": body.get("Description") or "",
            "properties": lines_of(body.get("DefaultRunProperties") or {}),
            "most_runs": str(body.get("MaxConcurrentRuns") or ""),
        }
        return await self._workflow_page(request, fields, is_new=False)

    async def create_workflow(self, request: Request) -> Response:
        """Makes the workflow and goes to the form of its first trigger."""
        form = await form_of(request)
        fields = _workflow_fields(form)
        created = await self._tried(lambda: self._around.do("CreateWorkflow", _workflow_members(fields)))
        if created is not None:
            return await self._workflow_page(request, fields, is_new=True, error=created)
        return see(f"{self._around.renderer.path('workflows', fields['name'])}?tab=triggers")

    async def update_workflow(self, request: Request) -> Response:
        """Changes the workflow and goes to its details."""
        form = await form_of(request)
        fields = _workflow_fields(form)
        error = await self._tried(lambda: self._around.do("UpdateWorkflow", _workflow_members(fields)))
        if error is not None:
            return await self._workflow_page(request, fields, is_new=False, error=error)
        return see(f"{self._around.renderer.path('workflows', fields['name'])}?tab=details")

    async def delete_workflow(self, request: Request) -> Response:
        """Deletes a workflow and, if so asked, its triggers first; jobs and crawlers stay, as in Glue."""
        form = await form_of(request)
        name = form.text("workflow")
        if form.text("confirm") != name:
            raise InvalidInput(f"To delete the workflow, write its name: {name}.")
        if "triggers" in form:
            for trigger in self._designs.triggers_of(name):
                await self._around.do("DeleteTrigger", {"Name": trigger.name})
        await self._around.do("DeleteWorkflow", {"Name": name})
        return see("/console")

    async def new_trigger(self, request: Request) -> Response:
        """The form of a trigger of `workflow` that is not there yet."""
        workflow = self._workflow(request.query_params.get("workflow", "")).name
        fields = no_fields()
        if not self._designs.triggers_of(workflow):
            fields["type"] = "ON_DEMAND"
        return await self._trigger_page(request, workflow, fields, is_new=True)

    async def edit_trigger(self, request: Request) -> Response:
        """The form of `trigger` as it is."""
        definition = self._trigger(request.query_params.get("trigger", ""))
        assert definition.trigger is not None
        fields = fields_of(definition.trigger)
        return await self._trigger_page(request, definition.trigger.workflow_name, fields, is_new=False)

    async def create_trigger(self, request: Request) -> Response:
        """Makes the trigger and goes to the workflow's triggers."""
        form = await form_of(request)
        workflow, fields = form.text("workflow"), fields_in(form)

        async def create() -> None:
            members = members_of(fields) | {"Name": fields["name"], "Type": fields["type"], "WorkflowName": workflow}
            if fields["type"] in ("SCHEDULED", "CONDITIONAL"):
                members["StartOnCreation"] = fields["activate"]
            await self._around.do("CreateTrigger", members)

        error = await self._tried(create)
        if error is not None:
            return await self._trigger_page(request, workflow, fields, is_new=True, error=error)
        return see(f"{self._around.renderer.path('workflows', workflow)}?tab=triggers")

    async def update_trigger(self, request: Request) -> Response:
        """Overwrites the trigger's definition and goes to the workflow's triggers. Its type stays, as in Glue."""
        form = await form_of(request)
        fields = fields_in(form)
        found = self._trigger(fields["name"]).trigger
        assert found is not None
        fields["type"] = found.type

        async def update() -> None:
            await self._around.do("UpdateTrigger", {"Name": fields["name"], "TriggerUpdate": members_of(fields, found)})

        error = await self._tried(update)
        if error is not None:
            return await self._trigger_page(request, found.workflow_name, fields, is_new=False, error=error)
        return see(f"{self._around.renderer.path('workflows', found.workflow_name)}?tab=triggers")

    async def delete_trigger(self, request: Request) -> Response:
        """Deletes a trigger and goes to the workflow's others."""
        form = await form_of(request)
        name = form.text("trigger")
        found = self._trigger(name).trigger
        assert found is not None
        await self._around.do("DeleteTrigger", {"Name": name})
        return see(f"{self._around.renderer.path('workflows', found.workflow_name)}?tab=triggers")

    async def _tried(self, change: Callable[[], Awaitable[Any]]) -> ReglueError | None:
        """Makes a change; the refusal, if it was refused."""
        try:
            await change()
        except ReglueError as error:
            return error
        return None

    def _workflow(self, name: str) -> Definition:
        definition = self._designs.workflow(name)
        if definition is None:
            raise EntityNotFound(f"Workflow {name!r} does not exist.")
        return definition

    def _trigger(self, name: str) -> Definition:
        definition = self._designs.trigger(name)
        if definition is None or definition.trigger is None:
            raise EntityNotFound(f"Trigger {name!r} does not exist.")
        return definition

    async def _workflow_page(
        self, request: Request, fields: dict[str, str], *, is_new: bool, error: ReglueError | None = None
    ) -> Response:
        context = {"fields": fields, "is_new": is_new, "error": str(error) if error else ""}
        return await self._around.renderer.page(request, "edit_workflow.html", context, error.status if error else 200)

    async def _trigger_page(self, request: Request, workflow: str, fields: dict[str, Any], **state: Any) -> Response:
        error: ReglueError | None = state.get("error")
        designs = self._designs
        context = {
            "workflow": workflow,
            "fields": fields,
            "is_new": state["is_new"],
            "error": str(error) if error else "",
            "types": list(TYPES.items()),
            "states": STATES,
            "empty_rows": EMPTY_ROWS,
            "nodes": [
                *(f"JOB:{job.name}" for job in designs.all("job")),
                *(f"CRAWLER:{crawler.name}" for crawler in designs.all("crawler")),
            ],
        }
        return await self._around.renderer.page(request, "edit_trigger.html", context, error.status if error else 200)


_WORKFLOW = {"name": "", "description": "", "properties": "", "most_runs": ""}


def _workflow_fields(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in _WORKFLOW}


def _workflow_members(fields: dict[str, str]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "Name": fields["name"],
        "Description": fields["description"],
        "DefaultRunProperties": properties_of(fields["properties"]),
    }
    most = fields["most_runs"]
    if most:
        if not (most.isascii() and most.isdigit() and len(most) < 10):
            raise InvalidInput(f"Runs at a time is {most[:50]!r}: write a whole number, or nothing for no limit.")
        members["MaxConcurrentRuns"] = int(most)
    return members
