"""`GET /metrics`: how the daemon stands, in the text form that Prometheus and its kin read.

Written by hand: the client library would take 3 MB and a fifth of the daemon's start for these few lines, each of which
is read from what is there anyway.
"""

import os
from pathlib import Path
from typing import Any, Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.engine import Engine

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")


class Metric(NamedTuple):
    """One line: what it is called below `reglue_`, whether it only grows, what it means, and its value."""

    name: str
    kind: Literal["gauge", "counter"]
    meaning: str
    value: float


class Metrics:
    """The read of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.routes = [Route("/metrics", self.metrics)]

    async def metrics(self, request: Request) -> Response:
        """All metrics; those of the publishing are left out where nothing is published."""
        shown = [*of_engine(self._engine), *of_publishing(self._engine.monitors())]
        return Response("".join(map(_written, shown)), headers={"Content-Type": CONTENT_TYPE})


def of_engine(engine: Engine) -> list[Metric]:
    """What the engine says of itself."""
    runs = engine.standing.runs.values()
    resident = int(_STATM.read_text().split()[1]) * PAGE_BYTES
    return [
        Metric("ready", "gauge", "Whether commands are taken.", engine.status == "ready"),
        Metric("log_position", "gauge", "The newest event of the log.", engine.feed.head),
        Metric("commits_total", "counter", "Decisions written to the log since the start.", engine.committed_units),
        Metric("events_total", "counter", "Events written to the log since the start.", engine.committed_events),
        Metric("runs_active", "gauge", "Runs under way.", len(runs)),
        Metric("attempts_active", "gauge", "Attempts that wait, run or are stopped.", sum(len(g.active) for g in runs)),
        Metric("resident_memory_bytes", "gauge", "What the daemon's process takes of memory.", resident),
    ]


def of_publishing(health: dict[str, Any]) -> list[Metric]:
    """Out of what `/healthz` says under `mqtt`."""
    if "position" not in health:
        return []
    state = health["state"]
    shown = [
        Metric("mqtt_connected", "gauge", "Whether the broker is connected.", state in ("connected", "refused")),
        Metric("mqtt_refused", "gauge", "Whether publishing stands before a refused event.", state == "refused"),
        Metric("mqtt_position", "gauge", "The last event that the broker has, with all before it.", health["position"]),
        Metric("mqtt_lag_events", "gauge", "Events of the log that the broker does not have yet.", health["lag"]),
        Metric("mqtt_published_total", "counter", "Events published since the start.", health["published"]),
        Metric("mqtt_refusals_total", "counter", "Messages that the broker refused.", health["refusals"]),
        Metric("mqtt_connections_total", "counter", "Connections to the broker.", health["connections"]),
    ]
    embedded = health.get("embedded")
    if embedded is not None:
        meaning = "How often the broker that comes with the daemon was started again."
        shown.append(Metric("broker_restarts_total", "counter", meaning, embedded["restarts"]))
    return shown


def _written(metric: Metric) -> str:
    name = f"reglue_{metric.name}"
    return f"# HELP {name} {metric.meaning}\n# TYPE {name} {metric.kind}\n{name} {float(metric.value):.17g}\n"
