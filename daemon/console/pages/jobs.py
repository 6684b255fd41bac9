"""Jobs: the list, one job with its runs and a form to run it, and what one run wrote."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1_documents import attempt_row, moment
from daemon.console.forms import form_of
from daemon.console.log_pages import tail
from daemon.console.page import Around
from daemon.console.property_lines import ARGUMENTS, lines_of, properties_of
from daemon.console.rendering import see
from daemon.console.words import look
from daemon.errors import EntityNotFound, InvalidInput, ReglueError
from events.vocabulary import JOB, node_key
from projections.designs import Definition
from projections.run_values import Attempt, RunGraph

JOBS_ON_A_PAGE = 50
FILTERED_FROM = 12
"""Shorter lists have no filter."""

RUNS_ON_A_PAGE = 50
RUNS_IN_PICTURE = 20


class Jobs:
    """The pages of jobs of one engine."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._engine = around.engine
        self.reads = [
            Route("/console/jobs", self.all),
            Route("/console/jobs/{name:path}", self.job),
            Route("/console/job-runs/{job_run_id}", self.run),
        ]
        self.writes = [
            Route("/console/run-job", self.start, methods=["POST"]),
            Route("/console/stop-job-run", self.stop, methods=["POST"]),
        ]

    async def all(self, request: Request) -> Response:
        """The jobs in order of name, each with its last runs, a page at a time after the name `after`; `find` in the
        query keeps those whose name holds it."""
        find, after = request.query_params.get("find", "").strip(), request.query_params.get("after", "")
        known = self._engine.standing.designs.all("job")
        fitting = [one for one in known if find.lower() in one.name.lower() and one.name > after]
        shown = fitting[:JOBS_ON_A_PAGE]
        used_in = self._used_in({definition.name for definition in shown})
        context = {
            "jobs": [await self._row(definition) | {"used_in": used_in[definition.name]} for definition in shown],
            "find": find,
            "is_later_page": bool(after),
            "has_filter": bool(find) or len(known) >= FILTERED_FROM,
            "following": shown[-1].name if len(fitting) > len(shown) else None,
        }
        return await self._around.renderer.page(request, "jobs.html", context)

    async def job(self, request: Request) -> Response:
        """One job: its definition, its runs newest first, and the form that runs it outside of workflows."""
        return await self._job_page(request, request.path_params["name"], "")

    async def start(self, request: Request) -> Response:
        """Runs a job and goes to what it writes; a refusal is told on the job's page."""
        form = await form_of(request)
        name, written = form.text("job"), form.text("arguments")
        try:
            answer = await self._around.do(
                "StartJobRun", {"JobName": name, "Arguments": properties_of(written, ARGUMENTS)}
            )
        except ReglueError as error:
            if self._engine.standing.designs.job(name) is None:
                raise
            return await self._job_page(request, name, written, error)
        return see(f"/console/job-runs/{answer['JobRunId']}")

    async def stop(self, request: Request) -> Response:
        """Asks one job run to end and goes back to its page."""
        form = await form_of(request)
        job_run_id = form.text("job_run")
        answer = await self._around.do("BatchStopJobRun", {"JobName": form.text("job"), "JobRunIds": [job_run_id]})
        for refused in answer["Errors"]:
            raise InvalidInput(refused["ErrorDetail"]["ErrorMessage"])
        return see(f"/console/job-runs/{job_run_id}")

    async def run(self, request: Request) -> Response:
        """One job run: how it stands, and the end of what it has written."""
        graph, attempt = await self._attempt(request.path_params["job_run_id"])
        files = self._engine.executor.logs(attempt.id)
        context = {
            "job": attempt.node.partition(":")[2],
            "attempt": attempt_row(attempt),
            "run": None if graph.stands_alone else graph,
            "executed_in": attempt.run_id,
            "under_way": attempt.is_active,
            "logs": [
                ("stdout", "Standard output", tail(files.stdout)),
                ("stderr", "Standard error", tail(files.stderr)),
            ],
        }
        return await self._around.renderer.page(request, "job_run.html", context)

    async def _job_page(self, request: Request, name: str, written: str, error: ReglueError | None = None) -> Response:
        definition = self._engine.standing.designs.job(name)
        before = request.query_params.get("before", "")
        place = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        runs = await self._runs(name, RUNS_ON_A_PAGE, place)
        if definition is None and not runs:
            raise EntityNotFound(f"Job {name!r} does not exist.")
        body = definition.body if definition is not None else {}
        context = {
            "name": name,
            "deleted": definition is None,
            "body": body,
            "tags": definition.tags if definition is not None else {},
            "created": moment(definition.created_at) if definition is not None else None,
            "modified": moment(definition.modified_at) if definition is not None else None,
            "used_in": self._used_in({name})[name],
            "runs": runs,
            "following": runs[-1]["ordinal"] if len(runs) == RUNS_ON_A_PAGE else None,
            "arguments": written or lines_of(body.get("DefaultArguments") or {}),
            "error": str(error) if error is not None else "",
        }
        return await self._around.renderer.page(request, "job.html", context, error.status if error else 200)

    async def _row(self, definition: Definition) -> dict[str, Any]:
        runs = await self._runs(definition.name, RUNS_IN_PICTURE)
        slots = self._engine.standing.slots
        node = node_key(JOB, definition.name)
        return {
            "name": definition.name,
            "type": definition.body.get("Command", {}).get("Name", ""),
            "script": definition.body.get("Command", {}).get("ScriptLocation", ""),
            "last": runs[0] if runs else None,
            "recent": [(look(run["state"]).style, _told(run)) for run in reversed(runs)],
            "waiting": len(slots.waiting(node)),
        }

    async def _runs(self, name: str, limit: int, before: int | None = None) -> list[dict[str, Any]]:
        found, node = [], node_key(JOB, name)
        for ordinal, attempt_id, run_id in self._engine.job_runs_of(name, limit, before):
            await self._engine.recall(run_id)
            graph = self._engine.graph(run_id)
            attempt = next((one for one in graph.attempts.get(node, ()) if one.id == attempt_id), None)
            if attempt is not None:
                place = {"ordinal": ordinal, "workflow": graph.workflow, "run_id": run_id}
                found.append(attempt_row(attempt) | place | {"alone": graph.stands_alone})
        return found

    def _used_in(self, names: set[str]) -> dict[str, list[str]]:
        """By job, the workflows whose triggers start it; all triggers are looked at once."""
        found: dict[str, set[str]] = {name: set() for name in names}
        for definition in self._engine.standing.designs.all("trigger"):
            trigger = definition.trigger
            for action in trigger.actions if trigger is not None and trigger.workflow_name else ():
                if trigger is not None and action.job_name in found:
                    found[action.job_name].add(trigger.workflow_name)
        return {name: sorted(workflows) for name, workflows in found.items()}

    async def _attempt(self, job_run_id: str) -> tuple[RunGraph, Attempt]:
        run_id = self._engine.run_of_attempt(job_run_id)
        if run_id is not None:
            await self._engine.recall(run_id)
        graph = self._engine.graph(run_id) if run_id is not None else None
        attempt = graph.find(job_run_id) if graph is not None else None
        if graph is None or attempt is None or not attempt.node.startswith(f"{JOB}:"):
            raise EntityNotFound(f"There is no job run with the id {job_run_id!r}.")
        return graph, attempt


def _told(run: dict[str, Any]) -> str:
    return f"{look(run['state']).word}, started {run['started_at']}"
