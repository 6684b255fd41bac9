"""Log names are an interface: literal, listed with their meaning, and used."""

import ast

from daemon.logs import LOG_EVENTS
from tests.house.tree import Module, calls, modules, parsed

LEVELS = {"debug", "info", "warning", "warn", "error", "critical", "exception"}


def logged(module: Module) -> list[tuple[str, ast.Call]]:
    """The logging calls of a module: a level called on something whose name ends with `log` or `logger`."""
    return [
        (f"{module.path}:{call.lineno} {name}", call)
        for name, call in calls(module)
        if name.rpartition(".")[2] in LEVELS and name.rpartition(".")[0].lower().endswith(("log", "logger"))
    ]


def literal(call: ast.Call) -> str | None:
    """The event name a logging call gives as a literal, None if it is worked out."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def test_every_name_is_a_listed_literal() -> None:
    """Each line the daemon logs has a literal name that LOG_EVENTS explains; ids are fields, not part of the name."""
    found = [place for module in modules("daemon") for place, call in logged(module) if literal(call) not in LOG_EVENTS]
    assert not found, f"use a literal name and explain it in LOG_EVENTS (daemon/logs.py): {found}"


def test_every_listed_name_is_used() -> None:
    """No name is listed in LOG_EVENTS that nothing logs, and none without a meaning."""
    used = {literal(call) for module in modules("daemon") for _, call in logged(module)}
    assert set(LOG_EVENTS) <= used
    assert all(LOG_EVENTS.values())


def test_logging_calls_are_found() -> None:
    """The rule sees loggers under the usual names and tells a literal name from one that is worked out."""
    assert [literal(call) for _, call in logged(parsed('log.info("a")\nself._log.exception("b")'))] == ["a", "b"]
    assert [literal(call) for _, call in logged(parsed('logger.error(f"{x} broken")'))] == [None]
    assert not logged(parsed("catalog.add(1)"))
