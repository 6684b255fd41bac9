"""How the daemon itself is: its log, what is under way, what comes due next, its settings, its feed."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.v1_documents import moment
from daemon.console.page import Around
from daemon.scheduler import next_due
from daemon.settings import FIELDS

SCHEDULES_SHOWN = 20
RUNS_SHOWN = 50
_SECRET = ("password", "key")


class Health:
    """The page over one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self._renderer = around.renderer
        self.reads = [Route("/console/health", self.page)]
        self.writes: list[Route] = []

    async def page(self, request: Request) -> Response:
        """What `/healthz` says, in more words."""
        runs = [graph for graph in self._engine.standing.runs.values() if not graph.stands_alone]
        context = {
            "health": self._engine.health(),
            "runs": [
                {
                    "run_id": g.run_id,
                    "workflow": g.workflow,
                    "started_at": moment(g.started_at),
                    "active": len(g.active),
                }
                for g in runs[:RUNS_SHOWN]
            ],
            "more_runs": max(0, len(runs) - RUNS_SHOWN),
            "schedules": self._schedules(),
            "settings": self._settings(),
        }
        return await self._renderer.page(request, "health.html", context)

    def _schedules(self) -> list[dict[str, Any]]:
        found = [(next_due(d.schedule), d) for d in self._engine.standing.designs.scheduled() if d.schedule is not None]
        due = sorted(((at, d) for at, d in found if at is not None), key=lambda pair: (pair[0], pair[1].stream))
        return [
            {
                "kind": definition.kind,
                "name": definition.name,
                "workflow": definition.trigger.workflow_name if definition.trigger is not None else "",
                "expression": definition.schedule.expression if definition.schedule is not None else "",
                "next": moment(at),
            }
            for at, definition in due[:SCHEDULES_SHOWN]
        ]

    def _settings(self) -> list[tuple[str, str]]:
        """The settings in force; nothing that may hold a secret."""
        shown = []
        for name in FIELDS:
            value = getattr(self._engine.settings, name)
            hidden = any(word in name for word in _SECRET) or "@" in str(value)
            shown.append((name, "(not shown)" if hidden and value else _written(value)))
        return shown


def _written(value: Any) -> str:
    """A setting as it is written in the settings file."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
