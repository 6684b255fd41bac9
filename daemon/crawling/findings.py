"""What passes between the daemon and the process of a crawl: the task, and what was found. Free of pyarrow."""

from typing import Any

import msgspec

TASK_FILE = "crawl.json"
FINDINGS_FILE = "findings.json"


class FoundPartition(msgspec.Struct, frozen=True):
    """One partition of a table: the values of its keys, in their order, and where its files are."""

    values: tuple[str, ...]
    location: str


class FoundTable(msgspec.Struct, frozen=True):
    """One table: its name, Glue's TableInput but for the name, and its partitions."""

    name: str
    definition: dict[str, Any]
    partitions: tuple[FoundPartition, ...] = ()

    @property
    def location(self) -> str:
        """Where its files are."""
        return str(self.definition["StorageDescriptor"]["Location"])


class Task(msgspec.Struct, frozen=True):
    """What to crawl: the crawler's name and its definition in Glue's members.

    `classifiers` are those that the definition names, in its order, each with `Name` and its kind; one that does not
    exist has the name alone. `known` are the crawler's tables as they stand, if folders that it has crawled need not be
    read again. `id` is the crawl's, and `log` the file that the crawler's log goes to; without it it goes nowhere.
    """

    crawler: str
    definition: dict[str, Any]
    classifiers: tuple[dict[str, Any], ...] = ()
    known: tuple[FoundTable, ...] = ()
    id: str = ""
    log: str = ""


class FailedFile(msgspec.Struct, frozen=True):
    """A file that could not be read, and why."""

    path: str
    reason: str


class Findings(msgspec.Struct, frozen=True):
    """What a crawl found. `error` says why it failed as a whole; `crawled` are the locations it looked through."""

    tables: tuple[FoundTable, ...] = ()
    crawled: tuple[str, ...] = ()
    failures: tuple[FailedFile, ...] = ()
    files: int = 0
    error: str | None = None
