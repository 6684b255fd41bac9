"""`/metrics`: numbers for Prometheus."""

from typing import Any

from daemon.api.metrics import of_publishing
from tests.daemon.api.clients import Served


def metrics(text: str) -> dict[str, float]:
    """The samples of a page, each of which is described."""
    lines = text.splitlines()
    samples = dict(line.split(" ") for line in lines if not line.startswith("#"))
    for name in samples:
        assert sum(line.startswith((f"# HELP {name} ", f"# TYPE {name} ")) for line in lines) == 2
    return {name: float(value) for name, value in samples.items()}


def test_numbers_move_with_the_log(served: Served, glue: Any) -> None:
    """What is written counts, and is the position's growth."""
    before = served.ask("GET", "/metrics")
    assert before.headers["content-type"].startswith("text/plain; version=0.0.4")
    glue.create_workflow(Name="measured")
    earlier, later = metrics(before.body.decode()), metrics(served.ask("GET", "/metrics").body.decode())
    grown = later["reglue_events_total"] - earlier["reglue_events_total"]
    assert grown == later["reglue_log_position"] - earlier["reglue_log_position"] >= 1
    assert later["reglue_commits_total"] > earlier["reglue_commits_total"]
    assert later["reglue_ready"] == 1
    assert later["reglue_resident_memory_bytes"] > 1_000_000
    assert not [name for name in later if "mqtt" in name]


def test_publishing_is_measured() -> None:
    """How far the publishing is, and whether it stands before a refusal."""
    health = {"state": "refused", "position": 7, "lag": 3, "published": 7, "refusals": 2, "connections": 1}
    shown = {metric.name: metric.value for metric in of_publishing(health | {"embedded": {"restarts": 4}})}
    assert (shown["mqtt_connected"], shown["mqtt_refused"], shown["mqtt_lag_events"]) == (True, True, 3)
    assert shown["broker_restarts_total"] == 4
    assert of_publishing({"state": "off"}) == []
