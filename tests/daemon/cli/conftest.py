"""What tests of the command line have at hand: the command itself, answers served over HTTP, a daemon with the demo."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from daemon.cli.app import run


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Reglue = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of whoever runs the tests do not reach the command."""
    for name in ("REGLUE_ENDPOINT", "COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def reglue(capsys: pytest.CaptureFixture[str]) -> Reglue:
    """The command, called in this process with words as one types them."""

    def call(*words: str) -> Ended:
        capsys.readouterr()
        code = run(words)
        return Ended(code, *capsys.readouterr())

    return call


class Answers:
    """A server that answers a path (with its query) as the test laid down, anything else by 404, and keeps requests."""

    def __init__(self, port: int = 0) -> None:
        self.by_path: dict[str, tuple[int, bytes]] = {}
        self.requests: list[tuple[str, str, bytes]] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        # The argument says how often the server looks whether it is to stop.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def lay_down(self, path: str, document: object, status: int = 200) -> None:
        """Answer this path with a document, or with bytes as they are."""
        body = document if isinstance(document, bytes) else msgspec.json.encode(document)
        self.by_path[path] = (status, body)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        answers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                key = self.headers.get("X-Amz-Target", "").removeprefix("AWSGlue.") or self.path
                answers.requests.append((self.command, key, body))
                missing = (404, b'{"error":"EntityNotFoundException","message":"Nothing is there."}')
                status, answer = answers.by_path.get(key, missing)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                with suppress(ConnectionError):
                    self.wfile.write(answer)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@pytest.fixture
def answers() -> Iterator[Answers]:
    """A server of recorded answers."""
    server = Answers()
    yield server
    server.close()


class Daemon(NamedTuple):
    """A running daemon, and what it printed until it had loaded the demo."""

    url: str
    state: Path
    printed: str


@pytest.fixture(scope="session")
def demo_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon of its own process with the demo workflow, as `reglue serve --demo` starts it."""
    state = tmp_path_factory.mktemp("daemon") / "state"
    command = [sys.executable, "-m", "daemon", "serve", "--demo", "--state-dir", str(state), "--listen", "127.0.0.1:0"]
    command += ["--mqtt", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        # Both ends are closed with the process: a daemon that cannot start ends the reading instead of stopping it.
        log = threading.Thread(target=lambda: process.stderr and process.stderr.read())
        log.start()
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.strip().partition(" ")[2].startswith("watch"):
                break
        try:
            yield Daemon(lines[0].split()[3], state, "".join(lines))
        finally:
            process.terminate()
            log.join()
            assert process.wait() == 0
