"""Command lines to type next, written so that they work when copied into the same shell."""

import os
import shlex
import sys
from pathlib import Path

from daemon.cli.client import DEFAULT_ENDPOINT, Client
from daemon.cli.failures import BadInput
from daemon.cli.looks import plain


def command_line(endpoint: str, *words: str) -> str:
    """`reglue ...`: by its path where PATH does not lead to it, with `--endpoint` where the usual one is another."""
    needed = () if _is_usual(endpoint) else ("--endpoint", endpoint)
    return plain(shlex.join((_program(), *words, *needed)))


def _is_usual(endpoint: str) -> bool:
    try:
        return Client(os.environ.get("REGLUE_ENDPOINT") or DEFAULT_ENDPOINT).endpoint == endpoint
    except BadInput:
        # The variable holds rubbish: whoever gave --endpoint instead must give it again.
        return False


def _program() -> str:
    called = Path(sys.argv[0])
    if called.name != "reglue" or str(called.parent) in os.environ.get("PATH", "").split(os.pathsep):
        return "reglue"
    try:
        return str(called.relative_to(Path.cwd()))
    except ValueError:
        return str(called)
