"""How the monitor begins: what was typed becomes a source, a scope and a way of showing."""

import asyncio
import importlib
import importlib.util
import os
import sys

import msgspec

from daemon.cli.failures import BadInput
from daemon.cli.session import Session
from daemon.cli.short_ids import LEAST_LENGTH, RUN_PREFIX
from daemon.cli.watching.daemon_reads import DaemonReads
from daemon.cli.watching.lines import Lines, Scope
from daemon.cli.watching.source import Given, source_of
from daemon.cli.watching.subscriber import Subscriber, topics_of


class Asked(msgspec.Struct, frozen=True):
    """What was typed; `names_daemon` says whether `--endpoint` was, or its variable set."""

    what: str | None
    plain: bool
    names_daemon: bool
    broker: dict[str, str | None]


def watch(session: Session, asked: Asked) -> int:
    """Show until left, or write until the end; returns the exit code. Raises BadInput, Unreachable, Refused."""
    given = Given(**{name: value or "" for name, value in asked.broker.items()})
    source = source_of(given, session.client)
    subscriber = Subscriber(source, topics_of(source))
    reads = DaemonReads(session.client.endpoint if asked.names_daemon else None)
    scope = scope_of(asked.what)
    if asked.plain or session.as_json or not _has_terminal():
        return asyncio.run(Lines(session, scope, subscriber, reads).write())
    if importlib.util.find_spec("textual") is None:
        raise BadInput("The screen needs textual: pip install 'reglue[tui]', or use --plain.")
    code: int = importlib.import_module("daemon.cli.watching.screens.app").show(subscriber, reads, scope)
    return code


def scope_of(what: str | None) -> Scope:
    """A run's id begins with `wr_`; anything else is a workflow's name."""
    if what is None:
        return Scope()
    if what.startswith(RUN_PREFIX) and len(what) >= LEAST_LENGTH:
        return Scope(run=what)
    return Scope(workflow=what)


def _has_terminal() -> bool:
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"
