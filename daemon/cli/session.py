"""What every client command has at hand: the daemon's client, the screen, and whether to write JSON.

The options `--endpoint` and `--json` are the same for all of them and are put on by `client_options`.
"""

import functools
import os
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
import msgspec
from rich.console import Console, RenderableType
from rich.text import Text

from daemon.cli.client import DEFAULT_ENDPOINT, Client
from daemon.cli.hints import command_line

PIPE_WIDTH = 160


class Screen(Console):
    """A rich console that shows texts as they are, and leaves it to `app.py` what a reader's leaving means."""

    def __init__(self, *, stderr: bool = False) -> None:
        """Where there is no terminal to measure, lines are wide enough for whole tables."""
        stream = sys.stderr if stderr else sys.stdout
        width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
        super().__init__(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Overrides rich, which would exit with 1."""
        raise BrokenPipeError


class Session:
    """One call of a client command."""

    def __init__(self, endpoint: str, as_json: bool) -> None:
        """Raises BadInput for what is no endpoint."""
        self.client = Client(endpoint)
        self.as_json = as_json
        self.screen = Screen()
        self.aside = Screen(stderr=True)

    def show(self, *parts: RenderableType) -> None:
        """Print for people, each part on lines of its own; a plain line is left to the terminal to wrap, so that it can
        be copied whole."""
        for part in parts:
            self.screen.print(part, soft_wrap=isinstance(part, Text))

    def write(self, document: Any) -> None:
        """Print one JSON document; `bytes` are one already."""
        body = document if isinstance(document, bytes) else msgspec.json.encode(document)
        sys.stdout.buffer.write(msgspec.json.format(body, indent=2) + b"\n")
        sys.stdout.buffer.flush()

    def now(self) -> datetime:
        """The moment, in the time zone of whoever looks at the screen."""
        return datetime.now().astimezone()

    def command_line(self, *words: str) -> str:
        """A command of reglue's to type next, for the same daemon."""
        return command_line(self.client.endpoint, *words)


Given = Callable[..., int | None]


def client_options(function: Given) -> Given:
    """Give a command `--endpoint` and `--json`; the function gets a Session first, its own parameters by name."""

    @click.option(
        "--endpoint",
        envvar="REGLUE_ENDPOINT",
        default=DEFAULT_ENDPOINT,
        metavar="URL",
        show_default=True,
        show_envvar=True,
        help="Where the daemon answers.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of text for people.")
    @functools.wraps(function)
    def with_session(endpoint: str, as_json: bool, **given: Any) -> int | None:
        return function(Session(endpoint, as_json), **given)

    return with_session
