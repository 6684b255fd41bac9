"""`GET /v1/seals/latest` and `POST /v1/seals`: the newest seal of the log, to be kept elsewhere; and a new one now."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1 import JSON
from daemon.engine import Engine
from daemon.errors import EntityNotFound
from events.seals import document


class Seals:
    """The read and the change of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.routes = [Route("/v1/seals/latest", self.latest)]
        self.changes = [Route("/v1/seals", self.seal, methods=["POST"])]

    async def latest(self, request: Request) -> Response:
        """The document that `reglue audit verify --seal` takes."""
        return await self._answer("The log has not been sealed yet: POST to /v1/seals to have it sealed now.")

    async def seal(self, request: Request) -> Response:
        """Seals what no seal covers yet, up to 100,000 events; answers the newest seal, which is the one before when
        there was nothing new."""
        await self._engine.sealing.run_once()
        return await self._answer("The log holds nothing that could be sealed.")

    async def _answer(self, otherwise: str) -> Response:
        seal = self._engine.standing.seal
        if seal is None:
            raise EntityNotFound(otherwise)
        body = orjson.dumps(document(seal))
        await self._engine.settled()
        return Response(body, media_type=JSON)
