"""Who may touch what, as far as import contracts (pyproject.toml, `make check`) cannot say it."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest

from tests.house.tree import ROOMS, ROOT, Module, calls, modules, parsed


def callers(receiver: str, method: str, among: tuple[Module, ...]) -> set[str]:
    """The modules that call `method` on something called `receiver`, such as `self._journal.append(...)`."""
    return {
        module.path.as_posix()
        for module in among
        for name, _ in calls(module)
        if name.rpartition(".")[2] == method
        and name.rpartition(".")[0].rpartition(".")[2].removeprefix("_").endswith(receiver)
    }


def importers(package: str, among: tuple[Module, ...]) -> set[str]:
    """The modules that import this package or anything out of it."""
    return {
        module.path.as_posix()
        for module in among
        for node in ast.walk(module.tree)
        for name in _imported(node)
        if name == package or name.startswith(package + ".")
    }


def below(*parts: str) -> tuple[Module, ...]:
    """The modules of the daemon that are these files or lie in these folders, whichever they grow into."""
    return tuple(module for module in modules("daemon") if module.path.as_posix().removesuffix(".py").startswith(parts))


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


@pytest.mark.parametrize("name", ROOMS)
def test_packages_are_those_of_this_checkout(name: str) -> None:
    """What the tests import is what stands here, not a copy installed elsewhere and not a folder of tests."""
    assert import_module(name).__file__ == str(ROOT / name / "__init__.py")


def test_only_the_handler_appends() -> None:
    """Of all the daemon, only daemon/handling.py appends to the journal."""
    assert callers("journal", "append", modules("daemon")) <= {"daemon/handling.py"}


def test_only_the_journal_commits() -> None:
    """Of all rooms, only daemon/journal.py commits to the ledger."""
    assert callers("ledger", "commit", modules(*ROOMS)) <= {"daemon/journal.py"}


def test_pure_modules_stay_away_from_the_disk() -> None:
    """No fact, fold, decision or command imports what reads or writes the log; of projections, only rebuild imports the
    store."""
    pure = modules("events", "projections", "daemon/decisions") + below("daemon/commands")
    doors = {"events/ledger.py", "events/reading.py", "events/log_file.py", "events/copying.py", "events/moving.py"}
    for door in ("events.ledger", "events.reading", "events.log_file", "events.copying"):
        assert importers(door, pure) <= doors
    assert importers("projections.store", pure) <= {"projections/store.py", "projections/rebuild.py"}


def test_edges_of_the_daemon_do_not_reach_the_ledger() -> None:
    """The Glue wire, the command line and the executors get the log's content from views, never from the file."""
    edges = below("daemon/api", "daemon/cli", "daemon/executors")
    doors = ("events.ledger", "events.reading", "events.log_file", "events.copying")
    assert not [door for door in doors if importers(door, edges)]


def test_the_daemon_stays_away_from_pyarrow() -> None:
    """Only the process of a crawl imports pyarrow, and what exports load by name when they need it; the daemon knows
    a crawl's task and its findings and nothing else."""
    inside = {module.path.as_posix() for module in below("daemon/crawling")}
    by_name = {"daemon.exports.parquet", "daemon.exports.zstd"}
    loaded = {f"{module.replace('.', '/')}.py" for module in by_name}
    assert importers("pyarrow", modules(*ROOMS)) <= inside | loaded
    assert not {name for name in by_name if importers(name, modules(*ROOMS))}
    crawling = {module.path.stem for module in below("daemon/crawling")} - {"__init__", "findings"}
    outside = tuple(module for module in modules(*ROOMS) if module.path.as_posix() not in inside)
    assert not {name for name in crawling if importers(f"daemon.crawling.{name}", outside)}


def test_only_the_logs_import_structlog() -> None:
    """Only daemon/logs.py imports structlog: it keeps rich out of the daemon while doing so."""
    assert importers("structlog", modules(*ROOMS)) == {"daemon/logs.py"}


def test_rules_find_what_they_look_for() -> None:
    """Calls are found through attributes and private names, imports in both forms."""
    assert callers("journal", "append", (parsed("self._journal.append(x)"),))
    assert callers("journal", "append", (parsed("journal.append(x)"),))
    assert not callers("journal", "append", (parsed("events.append(journal)"),))
    assert importers("structlog", (parsed("from structlog.dev import X"),))
    assert importers("structlog", (parsed("import structlog"),))
    assert importers("events.ledger", (parsed("from events import ledger"),))


def test_the_daemon_starts_without_what_it_may_never_need() -> None:
    """`reglue serve` loads no page of the console, no schemas, and no library that only those need or that draws."""
    program = "import sys, daemon.cli.app, daemon.cli.subcommands.serve; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    late = {"daemon.console.site", "daemon.mqtt.asyncapi", "jinja2", "fast_sugiyama", "rich.text", "rich.console"}
    late |= {"aiomqtt", "pyarrow"}
    assert not late.intersection(loaded)
    assert "daemon.console.on_demand" in loaded
