"""The first page: all workflows, each with its last run, a picture of its recent ones, and its next start."""

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1_documents import moment, run_summary
from daemon.console.page import Around
from daemon.console.words import look, took
from daemon.scheduler import next_due
from projections.run_history import RunSummary

RUNS_SHOWN = 20
TALLEST = 24
SHORTEST = 4


class Bar(NamedTuple):
    """One run in the picture of recent ones: as high as it took long, in the colour of its outcome."""

    height: int
    style: str
    title: str


class Workflows:
    """The page over one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self._renderer = around.renderer
        self.reads = [Route("/console", self.page)]
        self.writes: list[Route] = []

    async def page(self, request: Request) -> Response:
        """All workflows in order of name."""
        names = [definition.name for definition in self._engine.standing.designs.all("workflow")]
        return await self._renderer.page(request, "workflows.html", {"workflows": [self._row(name) for name in names]})

    def _row(self, name: str) -> dict[str, Any]:
        runs = [run for _, run in self._engine.runs_of(name, RUNS_SHOWN)]
        return {
            "name": name,
            "last_run": run_summary(runs[0]) if runs else None,
            "spark": spark(runs[::-1], self._engine.now()),
            "next_start": moment(self._next_start(name)),
        }

    def _next_start(self, name: str) -> int | None:
        """When the workflow's schedule starts it next, in milliseconds."""
        schedules = (trigger.schedule for trigger in self._engine.standing.designs.triggers_of(name))
        return min(
            filter(None, (next_due(one) for one in schedules if one is not None and one.expression)), default=None
        )


def spark(runs: list[RunSummary], now: int) -> list[Bar]:
    """Bars for runs, oldest first."""
    spans = [max(0, (run.completed_at or now) - run.started_at) for run in runs]
    longest = max(spans, default=0) or 1
    bars = []
    for run, span in zip(runs, spans, strict=True):
        shown = look(run.outcome)
        height = SHORTEST + round((TALLEST - SHORTEST) * span / longest)
        bars.append(Bar(height, shown.style, f"{shown.word}, {took(span / 1000)}"))
    return bars
