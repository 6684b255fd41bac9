"""Forms as a browser without scripts sends them: with the token of the page they stand on."""

from typing import Any
from urllib.parse import urlencode

from tests.daemon.api.clients import Answer, Served


def token(served: Served) -> str:
    """The token that the daemon gives to a browser it does not know."""
    cookie = served.ask("GET", "/console").headers["set-cookie"]
    return str(cookie).partition("reglue_form=")[2].partition(";")[0]


def send(served: Served, path: str, fields: dict[str, Any], headers: dict[str, str]) -> Answer:
    """Sends a form with just these headers; a field may have several values."""
    body = urlencode(fields, doseq=True).encode()
    return served.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})


def submit(served: Served, path: str, **fields: str) -> Answer:
    """Sends a form with its token and cookie."""
    known = token(served)
    return send(served, path, {**fields, "token": known}, {"Cookie": f"reglue_form={known}"})
