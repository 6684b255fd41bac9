"""Our own reads under `/v1`, and `/healthz`: what the command line shows, and what scripts may rely on."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from daemon.api import logs, pagination, v1_documents
from daemon.decisions.decision import with_nodes
from daemon.engine import Engine
from daemon.errors import EntityNotFound, InvalidInput, ReglueError, RunInArchive
from projections.batching import batching_of
from projections.run_values import Attempt, RunGraph

JSON = "application/json"
DEFAULT_RUNS = 50
MOST_RUNS = 1_000
LONGEST_WAIT_SECONDS = 60
_HIGHEST = 2**63 - 1


class V1:
    """The reads of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # A workflow's name may hold a slash, hence :path.
        self.routes = [
            Route("/healthz", self.health),
            Route("/v1/workflows", self.workflows),
            Route("/v1/workflows/{name:path}/runs", self.runs),
            Route("/v1/workflows/{name:path}/inbox", self.inbox),
            Route("/v1/runs/{run_id}", self.run),
            Route("/v1/runs/{run_id}/notifications", self.notifications),
            Route("/v1/job-runs/{job_run_id}", self.job_run),
            Route("/v1/job-runs/{job_run_id}/logs", self.logs),
        ]

    async def health(self, request: Request) -> Response:
        """200 when commands are taken, 503 otherwise, with the reason in the body."""
        health = self._engine.health()
        status = 200 if health["status"] == "ready" else 503
        return Response(orjson.dumps(health), status, media_type=JSON)

    async def workflows(self, request: Request) -> Response:
        """All workflows in order of name, each with its newest run."""
        shown = []
        for definition in self._engine.standing.designs.all("workflow"):
            last = self._engine.latest_run(definition.name)
            shown.append({"name": definition.name, "last_run": v1_documents.run_summary(last) if last else None})
        return await self._answer({"workflows": shown})

    async def runs(self, request: Request) -> Response:
        """A workflow's runs, newest first. `limit` is 50 unless told, at most 1,000; `before` the page before's
        `next`."""
        name = request.path_params["name"]
        limit = whole(request, "limit", DEFAULT_RUNS, (1, MOST_RUNS))
        page = pagination.Request(f"runs:{name}", limit, request.query_params.get("before"))
        rows, token = page.of_rows(lambda most, before: self._engine.runs_of(name, most, before))
        if not rows and self._engine.standing.designs.workflow(name) is None:
            raise EntityNotFound(f"Workflow {name!r} does not exist.")
        runs = [v1_documents.run_summary(summary) for _, summary in rows]
        return await self._answer({"workflow": name, "runs": runs, "next": token})

    async def inbox(self, request: Request) -> Response:
        """The events that wait for their batch."""
        name, standing = request.path_params["name"], self._engine.standing
        if standing.designs.workflow(name) is None:
            raise EntityNotFound(f"Workflow {name!r} does not exist.")
        return await self._answer(v1_documents.inbox(standing.inboxes.of(name), batching_of(standing.designs, name)))

    async def notifications(self, request: Request) -> Response:
        """The events that began a run, with their payloads; for a resumed run those of the first of its chain."""
        graph = await self._run(request)
        await self._engine.settled()
        return await self._answer(v1_documents.notifications(graph, self._engine.notifications_of(graph)))

    async def run(self, request: Request) -> Response:
        """One run with its graph, and the runs that resumed it; with `wait`, as soon as it has ended or so many seconds
        are over; with `at`, as it stood at that position of the log."""
        graph = (await self._ended(request)).still()
        await self._engine.settled()
        if "at" in request.query_params:
            with_nodes(graph)
            graph = await self._engine.replays.graph(graph.run_id, whole(request, "at", 0, (0, _HIGHEST)))
            return await self._answer(await v1_documents.run_in_pieces(graph))
        resumed_by = self._engine.standing.resumes.of(graph.run_id)
        return await self._answer(await v1_documents.run_in_pieces(graph) | {"resumed_by": resumed_by})

    async def _ended(self, request: Request) -> RunGraph:
        """The run, if `wait` says so not before it has ended or so many seconds are over."""
        graph = await self._run(request)
        seconds = whole(request, "wait", 0, (0, LONGEST_WAIT_SECONDS))
        if not seconds or not graph.is_active or request.method != "GET":
            return graph
        await self._engine.run_ends.wait(graph.run_id, seconds)
        return await self._run(request)

    async def _run(self, request: Request) -> RunGraph:
        return await self._engine.workflow_run(request.path_params["run_id"])

    async def job_run(self, request: Request) -> Response:
        """One job run, with the paths of its output."""
        graph, attempt = await self._job_run(request)
        files = self._engine.executor.logs(attempt.id)
        paths = {"stdout": str(files.stdout), "stderr": str(files.stderr)}
        return await self._answer(v1_documents.job_run(graph, attempt) | paths)

    async def logs(self, request: Request) -> Response:
        """The output of a job run as it is, from the `offset` on; with `follow=1` until the run has ended."""
        graph, attempt = await self._job_run(request)
        stream = _choice(request, "stream", ("stdout", "stderr"))
        follow = _choice(request, "follow", ("0", "1")) == "1" and request.method == "GET"
        offset = whole(request, "offset", 0, (0, _HIGHEST))
        files = self._engine.executor.logs(attempt.id)
        path = files.stdout if stream == "stdout" else files.stderr
        run_id, job_run_id = graph.run_id, attempt.id
        body = logs.followed(path, offset, lambda: follow and self._is_under_way(run_id, job_run_id))
        # No browser shall take what a job wrote for a page.
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return StreamingResponse(body, headers=headers, media_type="text/plain")

    def _is_under_way(self, run_id: str, job_run_id: str) -> bool:
        graph = self._engine.standing.runs.get(run_id)
        return graph is not None and job_run_id in graph.active and self._engine.status != "stopping"

    async def _job_run(self, request: Request) -> tuple[RunGraph, Attempt]:
        job_run_id = request.path_params["job_run_id"]
        run_id = self._engine.run_of_attempt(job_run_id)
        if run_id is not None:
            await self._engine.recall(run_id)
        graph = self._engine.standing.graph(run_id) if run_id is not None else None
        attempt = graph.find(job_run_id) if graph is not None else None
        if graph is None or attempt is None:
            self._engine.refuse_archived(job_run_id)
            raise EntityNotFound(f"There is no job run with the id {job_run_id!r}.")
        return graph, attempt

    async def _answer(self, document: dict[str, Any]) -> Response:
        body = orjson.dumps(document)
        await self._engine.settled()
        return Response(body, media_type=JSON)


def error_response(error: ReglueError) -> Response:
    """An error as `/v1` writes it."""
    status = error.status
    if isinstance(error, EntityNotFound):
        status = 410 if isinstance(error, RunInArchive) else 404
    return Response(orjson.dumps({"error": error.code, "message": str(error)}), status, media_type=JSON)


def whole(request: Request, name: str, default: int, bounds: tuple[int, int]) -> int:
    """A whole number of the query, within bounds."""
    text = request.query_params.get(name)
    if text is None:
        return default
    # Longer texts are out of bounds anyway, and int refuses thousands of digits with an error of its own.
    if text.isascii() and text.isdigit() and len(text) < 20 and bounds[0] <= int(text) <= bounds[1]:
        return int(text)
    raise InvalidInput(f"{name} is '{text[:100]}': it must be a whole number from {bounds[0]} to {bounds[1]}.")


def _choice(request: Request, name: str, known: tuple[str, str]) -> str:
    """A word of the query, the first of those known unless told."""
    text = request.query_params.get(name, known[0])
    if text not in known:
        raise InvalidInput(f"{name} is '{text[:100]}': it must be {known[0]} or {known[1]}.")
    return text
