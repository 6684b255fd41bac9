"""`/v1/seals`: a seal on demand, and the newest one to be kept elsewhere."""

import json
from typing import Any

from events.seals import from_document
from tests.daemon.api.clients import Served


def test_log_is_sealed_on_demand(served: Served, glue: Any) -> None:
    """A POST seals what is new, and the newest seal is then there to read; asked again at rest, it is the same."""
    glue.create_workflow(Name="sealed")
    made = served.ask("POST", "/v1/seals")
    assert made.status == 200
    seal = from_document(made.body)
    assert seal.first <= seal.last
    assert seal.events == seal.last - seal.first + 1
    latest = served.ask("GET", "/v1/seals/latest")
    assert (latest.status, json.loads(latest.body)["number"]) == (200, seal.number)
    glue.create_workflow(Name="sealed-again")
    following = from_document(served.ask("POST", "/v1/seals").body)
    assert (following.number, following.first, following.previous) == (seal.number + 1, seal.last + 1, seal.hash)


def test_other_ways_to_ask_lead_nowhere(served: Served) -> None:
    """Seals cannot be read by any other path, nor made by reading."""
    assert served.ask("GET", "/v1/seals").status == 404
    assert served.ask("POST", "/v1/seals/latest").status == 404
