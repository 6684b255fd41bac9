"""`POST /v1/archives`: lets go of the events of runs that are in an archive, which the client has written and read
back.

The daemon looks at its own log for all that matters; of the client's it takes the file's name and digest, and which
runs it is about, each with the version of its stream there. Runs that have to stay are named with the reason, and do
not keep the others.
"""

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon import archiving
from daemon.api.request_body import document, read_body
from daemon.api.v1 import JSON
from daemon.api.wire import principal
from daemon.engine import Engine

_FORM = '{"file": NAME, "sha256": DIGEST, "runs": [{"run_id": ID, "version": N}, ...], "carry_details": true or false}'


class _Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run's stream, by its id, and the version that it has in the archive."""

    run_id: str
    version: int


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request's document."""

    file: str
    sha256: str
    runs: list[_Run]
    carry_details: bool = False


class Archives:
    """The change of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.changes = [Route("/v1/archives", self.archive, methods=["POST"])]

    async def archive(self, request: Request) -> Response:
        """Answers the runs whose events went, and for each that stays why."""
        headers = dict(request.scope["headers"])
        asked = document(await read_body(headers, request.receive), _Asked, _FORM)
        runs = [(one.run_id, one.version) for one in asked.runs]
        wanted = archiving.Request(asked.file, asked.sha256, runs, asked.carry_details)
        done = await self._engine.archiving.archive(wanted, principal(headers.get(b"authorization")))
        refused = [{"run_id": run, "reason": reason} for run, reason in done.refused.items()]
        return Response(orjson.dumps({"archived": done.runs, "refused": refused}), media_type=JSON)
