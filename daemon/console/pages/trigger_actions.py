"""Starting and stopping triggers. An on-demand trigger that is started fires: that starts a run."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.console.forms import form_of, leads_back
from daemon.console.page import Around
from daemon.console.rendering import see


class TriggerActions:
    """The forms that change triggers' states."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self.reads: list[Route] = []
        self.writes = [
            Route("/console/start-trigger", self.start, methods=["POST"]),
            Route("/console/stop-trigger", self.stop, methods=["POST"]),
        ]

    async def start(self, request: Request) -> Response:
        """Activates a trigger and goes back."""
        return await self._change(request, "StartTrigger")

    async def stop(self, request: Request) -> Response:
        """Deactivates a trigger and goes back."""
        return await self._change(request, "StopTrigger")

    async def _change(self, request: Request, operation: str) -> Response:
        form = await form_of(request)
        await self._around.do(operation, {"Name": form.text("trigger")})
        return see(leads_back(form))
