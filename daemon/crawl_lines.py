"""What the daemon adds to a crawler's log when a crawl has ended: what became of the catalog, and how the crawl ended.

The lines are in the style of those that the crawl itself wrote (`daemon/crawling/lines.py`). They are written after the
commit; should the daemon be killed between the two, they are missing there, and ListCrawls still tells the same.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from events import data_catalog
from events.design import Event
from events.ledger import Fact
from events.runs import NodeCompleted
from events.vocabulary import CrawlReport

_BY_TABLE: dict[type[Event], str] = {
    data_catalog.TableDefined: "Created table {table} in database {database}",
    data_catalog.TableChanged: "Updated table {table} in database {database}",
    data_catalog.TableRemoved: "Deleted table {table} from database {database}",
    data_catalog.PartitionsAdded: "Added partitions to table {table} in database {database}",
    data_catalog.PartitionsRemoved: "Deleted partitions of table {table} in database {database}",
}
_READY = "BENCHMARK : Crawler has finished running and is in state READY"


def append(path: Path, completed: NodeCompleted, facts: Sequence[Fact]) -> None:
    """Adds the lines of a crawl that ended with these facts. A log that cannot be written is let go."""
    lines = [*_catalog_lines(facts), *_ending(completed), _READY]
    text = "".join(f"[{completed.attempt_id}] {line}\n" for line in lines)
    with contextlib.suppress(OSError):
        path.parent.mkdir(0o750, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            os.write(file, text.encode("utf-8", "surrogateescape"))
        finally:
            os.close(file)


def _catalog_lines(facts: Sequence[Fact]) -> list[str]:
    lines = []
    for stream, _, event in facts:
        database, _, table = stream.partition(":")[2].partition("/")
        sentence = _BY_TABLE.get(type(event))
        if sentence is not None:
            lines.append("INFO : " + sentence.format(table=table, database=unquote(database)))
        elif isinstance(event, data_catalog.DatabaseDefined):
            lines.append(f"INFO : Created database {event.name}")
    return lines


def _ending(completed: NodeCompleted) -> list[str]:
    error = " ".join(completed.error.split()) if completed.error else ""
    if completed.state != "SUCCEEDED":
        return [f"ERROR : {error}" if error else "WARN : The crawl was stopped; the catalog stays as it was"]
    warned = [f"WARN : {error}"] if error else []
    return [*warned, *_summary(completed.crawl or CrawlReport()), "BENCHMARK : Finished writing to Catalog"]


def _summary(report: CrawlReport) -> list[str]:
    tables = {"ADD": report.tables_created, "UPDATE": report.tables_updated, "DELETE": report.tables_deleted}
    partitions = {"ADD": report.partitions_created, "DELETE": report.partitions_deleted}
    lines = []
    for noun, counts in (("TABLE", tables), ("PARTITION", partitions)):
        lines.append(f"INFO : Run Summary For {noun}:")
        lines += [f"INFO : {verb}: {count}" for verb, count in counts.items()]
    return lines
