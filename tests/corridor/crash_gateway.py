"""Stands between a command and its daemon, and kills the daemon at one of the command's requests."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from tests.corridor.daemons import Daemon
from tests.corridor.waiting import DEADLINE_SECONDS

Moment = Literal["before", "within", "after"]
"""When the daemon dies: before it is given the request, once it was given it, or once it has answered. The command
hears nothing in any of them."""


class Gateway(ThreadingHTTPServer):
    """Passes requests on to a daemon, until so many were made to one path: at the last of them the daemon is killed."""

    def __init__(self, daemon: Daemon, path: str, count: int, moment: Moment) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.daemon = daemon
        self._moment = moment
        self._path = path
        self._left = count
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Ends it, and the daemon."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        self.daemon.kill()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        """One request of the command's."""
        body = asked.rfile.read(int(asked.headers.get("Content-Length", 0)))
        self._left -= asked.path == self._path
        if not self._left:
            self._kill_at(asked, body)
            return
        answer = self.daemon.ask(asked.command, asked.path, body, dict(asked.headers))
        asked.send_response(answer.status)
        asked.send_header("Content-Length", str(len(answer.body)))
        asked.end_headers()
        asked.wfile.write(answer.body)

    def _kill_at(self, asked: BaseHTTPRequestHandler, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.daemon.url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
        if self._moment != "before":
            connection.request(asked.command, asked.path, body, dict(asked.headers))
        if self._moment == "after":
            assert connection.getresponse().status == 200
        self.daemon.kill()
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_GET(self) -> None:
        """What is read."""
        self.server.answer(self)

    def do_POST(self) -> None:
        """What changes something."""
        self.server.answer(self)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
