"""Files of all formats in a folder, and crawls of them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import orc, parquet

from daemon.crawling.crawl import crawl
from daemon.crawling.findings import Findings, FoundTable, Task


def write_parquet(path: Path, **columns: list[Any]) -> None:
    """A Parquet file; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path)


def write_orc(path: Path, **columns: list[Any]) -> None:
    """An ORC file; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    orc.write_table(pa.table(columns), str(path))


def write_text(path: Path, text: str) -> None:
    """A text file; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def crawled(*targets: Path | str, **members: Any) -> Findings:
    """What a crawler of these paths finds; `exclusions` hold for each of them, small letters begin what else is
    in a task."""
    exclusions = members.pop("exclusions", [])
    task = {name: members.pop(name) for name in tuple(members) if name[0].islower()}
    paths = [{"Path": str(target), "Exclusions": exclusions} for target in targets]
    return crawl(Task("C", {"Targets": {"S3Targets": paths}, **members}, **task))


def found(*targets: Path | str, **members: Any) -> dict[str, FoundTable]:
    """The tables that a crawler of these paths finds, by name; nothing may go wrong."""
    findings = crawled(*targets, **members)
    assert (findings.error, findings.failures) == (None, ())
    return {table.name: table for table in findings.tables}


def columns(table: FoundTable) -> dict[str, str]:
    """The types of a table's columns by name."""
    return {column["Name"]: column["Type"] for column in table.definition["StorageDescriptor"]["Columns"]}


def keys(table: FoundTable) -> list[str]:
    """The names of a table's partition keys."""
    return [key["Name"] for key in table.definition["PartitionKeys"]]
