"""Turns a template and its context into a page, with the headers that let it run nothing but our own static files."""

import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from daemon.api.v1_documents import moment
from daemon.console.assets import Assets
from daemon.console.forms import TOKEN_COOKIE, TOKEN_FIELD, token_of
from daemon.console.preferences import preferences_of
from daemon.console.words import FILTERS
from daemon.engine import Engine

TEMPLATES = Path(__file__).parent / "templates"
CONTENT_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
YEAR_SECONDS = 31_536_000
TURN_SECONDS = 0.01
"""A page that takes longer lets others in after so long, again and again."""


class Renderer:
    """Renders pages of one engine."""

    def __init__(self, engine: Engine, assets: Assets) -> None:
        self._engine = engine
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update(FILTERS)
        self._templates.globals["asset"] = assets.url

    def path(self, kind: str, name: str) -> str:
        """The page of something by its kind (`jobs`, `crawlers`, `workflows`) and name."""
        return f"/console/{kind}/{quote(name, safe='')}"

    async def page(self, request: Request, template: str, context: dict[str, Any], status: int = 200) -> Response:
        """A page, once all that it shows is on the disk; a large one lets others in while it is made, so its context
        holds only what stays as it is. Raises LogUnavailable."""
        token = token_of(request)
        pieces: list[str] = []
        began = time.perf_counter()
        for piece in self._templates.get_template(template).generate(self._shared(request, token) | context):
            pieces.append(piece)
            if time.perf_counter() - began > TURN_SECONDS:
                await asyncio.sleep(0)
                began = time.perf_counter()
        await self._engine.settled()
        return _response(request, "".join(pieces), token, status)

    def unsettled(self, request: Request, template: str, context: dict[str, Any], status: int) -> Response:
        """A page that rests on nothing that may not be on the disk yet, such as one about an error."""
        token = token_of(request)
        body = self._templates.get_template(template).render(self._shared(request, token) | context)
        return _response(request, body, token, status)

    def _shared(self, request: Request, token: str) -> dict[str, Any]:
        """What every page shows."""
        return {
            "request": request,
            "path": request.url.path,
            "query": request.url.query,
            "preferences": preferences_of(request),
            "token_field": Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token),
            "now": moment(self._engine.now()),
            "position": self._engine.feed.head,
            "log": log_of(self._engine),
        }


def _response(request: Request, body: str, token: str, status: int) -> Response:
    response = HTMLResponse(body, status, headers=HEADERS)
    if request.cookies.get(TOKEN_COOKIE) != token:
        response.set_cookie(TOKEN_COOKIE, token, YEAR_SECONDS, path="/console", httponly=True, samesite="strict")
    return response


def log_of(engine: Engine) -> str:
    """The id of the log; empty as long as the log is, for then it has none."""
    origin = engine.feed.origin()
    return origin.log_id if origin is not None else ""


def see(path: str) -> Response:
    """Where to go after a form was carried out: the browser gets the page, and reloading it sends nothing again."""
    return RedirectResponse(path, 303)
