"""A crawl ended: what it found is laid against the catalog as it stands, and the difference is recorded with its end.

Catalog and crawl end in one unit of events, so a crawl's tables appear once, however often it had to be begun. A
crawl that failed or was stopped changes nothing.
"""

from typing import Any

from daemon.commands import CompleteNode
from daemon.crawling.findings import Findings, FoundTable
from daemon.decisions.catalog import Events, additions, partitions_of, removal, removals
from daemon.decisions.decision import Decision, Situation
from events import data_catalog
from events.runs import NodeCompleted
from events.vocabulary import (
    CatalogPartition,
    CrawlReport,
    database_stream,
    node_name,
    partition_key,
    partitions_stream,
    table_key,
    table_stream,
)
from projections.crawler_terms import (
    DEPRECATED_BY,
    UPDATED_BY,
    database_of,
    delete_behavior,
    merges_new_columns,
    update_behavior,
)
from projections.designs import Definition
from projections.run_values import Attempt, RunGraph

MOST_FAILURES = 20


def complete_crawl(command: CompleteNode, situation: Situation, graph: RunGraph, attempt: Attempt) -> Decision:
    """Records how a crawl ended, and its tables if it came to its end."""
    state = "CANCELLED" if attempt.stop_reason else command.state
    crawler = situation.standing.designs.crawler(node_name(attempt.node))
    changes = _Changes(crawler, situation)
    if state == "SUCCEEDED" and command.findings is not None and crawler is not None:
        changes.lay(command.findings)
    completed = NodeCompleted(
        situation.at,
        situation.by,
        attempt.node,
        attempt.id,
        state,
        command.error,
        command.exit_code,
        ended_at=command.ended_at,
        crawl=changes.report if command.findings is not None else None,
    )
    return Decision((*changes.events, (graph.run_id, completed)))


class _Changes:
    """The catalog's events that a crawl brings about, and the counts of them."""

    def __init__(self, crawler: Definition | None, situation: Situation) -> None:
        self._name = crawler.name if crawler else ""
        self._body = crawler.body if crawler else {}
        self._situation = situation
        self._designs = situation.standing.designs
        self._stamp = (situation.at, f"crawler:{self._name}")
        self.events: Events = []
        self._counts: dict[str, int] = {}
        self._findings = Findings()

    @property
    def report(self) -> CrawlReport:
        """What is recorded of the crawl beside its tables."""
        failures = self._findings.failures
        first = tuple(f"{failure.path}: {failure.reason}" for failure in failures[:MOST_FAILURES])
        return CrawlReport(self._findings.files, len(failures), **self._counts, failures=first)

    def lay(self, findings: Findings) -> None:
        """Lays what was found against what is there."""
        self._findings = findings
        database = database_of(self._body)
        if findings.tables and self._designs.find("database", database) is None:
            self.events.append((database_stream(database), data_catalog.DatabaseDefined(*self._stamp, database, {})))
        for found in findings.tables:
            existing = self._designs.find("table", table_key(database, found.name))
            self._create(database, found) if existing is None else self._update(database, existing, found)
        names = {table_key(database, found.name) for found in findings.tables}
        for table in self._designs.tables_of(database):
            if table.name not in names and self._was_ours(table):
                self._lose(table)

    def _create(self, database: str, found: FoundTable) -> None:
        defined = data_catalog.TableDefined(*self._stamp, database, found.name, found.definition)
        self.events.append((table_stream(database, found.name), defined))
        self._count("tables_created")
        self._partition(database, found, {})

    def _update(self, database: str, table: Definition, found: FoundTable) -> None:
        """A table whose definition differs gets a new version, unless the policy is to leave it (LOG)."""
        definition = {**table.body, **found.definition}
        definition["Parameters"] = {**table.body.get("Parameters", {}), **found.definition["Parameters"]}
        definition["Parameters"].pop(DEPRECATED_BY, None)
        if merges_new_columns(self._body):
            definition["StorageDescriptor"] = _with_new_columns(table.body.get("StorageDescriptor", {}), found)
        is_changed = definition != table.body and update_behavior(self._body) != "LOG"
        if is_changed:
            self.events.append((table.stream, data_catalog.TableChanged(*self._stamp, definition)))
        changed = self._partition(database, found, partitions_of(self._designs, table))
        if is_changed or changed:
            self._count("tables_updated")

    def _partition(self, database: str, found: FoundTable, known: dict[str, Any]) -> bool:
        """Partitions that are new, or elsewhere now, are added; those that are gone are removed if the policy says so.

        Of folders that stand for the same values the first is the partition.
        """
        stream = partitions_stream(database, found.name)
        present = {partition_key(p.values): p for p in reversed(found.partitions)}
        added = [p for key, p in present.items() if key not in known or known[key]["Location"] != p.location]
        described = tuple(CatalogPartition(p.values, p.location) for p in reversed(added))
        self.events += additions(stream, described, self._situation)
        self._count("partitions_created", sum(key not in known for key in present))
        gone: tuple[tuple[str, ...], ...] = ()
        if delete_behavior(self._body) == "DELETE_FROM_DATABASE":
            lost = [kept for key, kept in known.items() if key not in present]
            gone = tuple(tuple(kept["Values"]) for kept in lost if not self._has_failure(kept["Location"]))
        self.events += removals(stream, gone, self._situation)
        self._count("partitions_deleted", len(gone))
        return bool(described or gone)

    def _was_ours(self, table: Definition) -> bool:
        """Whether this crawler made the table, from what it has looked through now, with all files readable."""
        location = table.body.get("StorageDescriptor", {}).get("Location", "")
        return (
            table.body.get("Parameters", {}).get(UPDATED_BY) == self._name
            and any(location.startswith(crawled) for crawled in self._findings.crawled)
            and not self._has_failure(location)
        )

    def _has_failure(self, location: str) -> bool:
        return any(failure.path.startswith(location) for failure in self._findings.failures)

    def _lose(self, table: Definition) -> None:
        """A table whose files are gone: deleted, marked as deprecated, or left, by the policy."""
        behavior = delete_behavior(self._body)
        parameters = table.body.get("Parameters", {})
        if behavior == "DELETE_FROM_DATABASE":
            self.events += removal(table, self._situation)
            self._count("tables_deleted")
        elif behavior == "DEPRECATE_IN_DATABASE" and DEPRECATED_BY not in parameters:
            marked = {**parameters, DEPRECATED_BY: str(self._situation.at)}
            definition = {**table.body, "Parameters": marked}
            self.events.append((table.stream, data_catalog.TableChanged(*self._stamp, definition)))
            self._count("tables_updated")

    def _count(self, name: str, number: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + number


def _with_new_columns(before: dict[str, Any], found: FoundTable) -> dict[str, Any]:
    """A table's storage with its columns as they were, and behind them those that it had not."""
    columns = list(before.get("Columns", ()))
    known = {column["Name"] for column in columns}
    storage: dict[str, Any] = found.definition["StorageDescriptor"]
    return {**storage, "Columns": [*columns, *(c for c in storage.get("Columns", ()) if c["Name"] not in known)]}
