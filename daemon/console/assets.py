"""The console's static files, under a path that names their content: browsers keep them for ever, and never too long.

One hash stands for the whole folder, so that one module can import another by its plain name.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.errors import EntityNotFound

FOLDER = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PREFIX = "/console/static"
FOR_EVER = "public, max-age=31536000, immutable"


def _read() -> Iterator[tuple[str, bytes]]:
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in TYPES:
            yield path.name, path.read_bytes()


class Assets:
    """The files, read once."""

    def __init__(self) -> None:
        self._files = dict(_read())
        content = hashlib.sha256()
        for name, body in self._files.items():
            content.update(b"%s\0%d\0%s" % (name.encode(), len(body), body))
        self._version = content.hexdigest()[:16]
        self.route = Route(f"{PREFIX}/{{version}}/{{name}}", self.file)

    def url(self, name: str) -> str:
        """Where a page finds a file. Raises KeyError for one that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"{PREFIX}/{self._version}/{name}"

    async def file(self, request: Request) -> Response:
        """A file as it is now; one of another version, asked for by an old page, is not kept by the browser."""
        name = request.path_params["name"]
        body = self._files.get(name)
        if body is None:
            raise EntityNotFound(f"The console has no file {name[:100]!r}.")
        is_current = request.path_params["version"] == self._version
        headers = {"Cache-Control": FOR_EVER if is_current else "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(body, headers=headers, media_type=TYPES[Path(name).suffix])
