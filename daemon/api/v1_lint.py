"""`GET /v1/lint` and `/v1/workflows/{name}/lint`: what is wrong with definitions that is no error."""

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.engine import Engine
from daemon.errors import EntityNotFound
from projections.lint import lint


class Lint:
    """The two reads of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.routes = [
            Route("/v1/lint", self.everything),
            Route("/v1/workflows/{name:path}/lint", self.workflow),
        ]

    async def everything(self, request: Request) -> Response:
        """Of all workflows, of triggers left behind by deleted ones, and of triggers that stand alone."""
        return await self._answer(None)

    async def workflow(self, request: Request) -> Response:
        """Of one workflow."""
        name: str = request.path_params["name"]
        if self._engine.standing.designs.workflow(name) is None:
            raise EntityNotFound(f"Workflow {name!r} does not exist.")
        return await self._answer(name)

    async def _answer(self, workflow: str | None) -> Response:
        found = lint(self._engine.standing.designs, workflow)
        await self._engine.settled()
        return Response(orjson.dumps({"findings": msgspec.to_builtins(found)}), media_type="application/json")
