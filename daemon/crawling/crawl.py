"""One crawl: each target's files are listed, read and grouped into tables. A file that cannot be read is a finding."""

import hashlib
import re
from typing import Any

from pyarrow import ArrowException

from daemon.crawling import formats
from daemon.crawling.exclusions import compiled, is_excluded
from daemon.crawling.findings import FailedFile, Findings, FoundPartition, FoundTable, Task
from daemon.crawling.grouping import Entry, Group, grouped, values_of
from daemon.crawling.places import CannotCrawl, File, Place
from daemon.crawling.storage import table_input

_OTHER_TARGETS = ("JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets")
_OTHER_TARGETS_TOO = ("DeltaTargets", "IcebergTargets", "HudiTargets")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_]+")
LONGEST_NAME = 255


def crawl(task: Task) -> Findings:
    """Everything that a crawler's targets hold; why it failed, if a target cannot be crawled at all."""
    crawling = _Crawl(task)
    try:
        for target in _targets(task.definition):
            crawling.add(target)
    except (CannotCrawl, ValueError, OSError, ArrowException) as error:
        return Findings(failures=tuple(crawling.failures), files=crawling.files, error=str(error))
    return crawling.findings


def _targets(definition: dict[str, Any]) -> list[dict[str, Any]]:
    targets = definition.get("Targets", {})
    for other in (*_OTHER_TARGETS, *_OTHER_TARGETS_TOO):
        if targets.get(other):
            raise CannotCrawl(f"Targets.{other} cannot be crawled here. Targets are files: name them as S3Targets.")
    return list(targets.get("S3Targets", ()))


class _Crawl:
    """What was found so far."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._tables: dict[str, FoundTable] = {}
        self._crawled: list[str] = []
        self.failures: list[FailedFile] = []
        self.files = 0

    @property
    def findings(self) -> Findings:
        """All of it."""
        return Findings(tuple(self._tables.values()), tuple(self._crawled), tuple(self.failures), self.files)

    def add(self, target: dict[str, Any]) -> None:
        """Looks through one target."""
        path = target.get("Path", "")
        if not path:
            raise CannotCrawl("Targets.S3Targets holds a target without Path: name a path, a file:// or an s3:// URL.")
        place = Place(path)
        listed = place.files()
        excluded = compiled(target.get("Exclusions") or [])
        files = [file for file in listed if not is_excluded("/".join((*file.folders, file.name)), excluded)]
        entries = [entry for file in _sampled(files, target.get("SampleSize")) if (entry := self._read(place, file))]
        self._crawled.append(place.location(listed[0].path if place.is_file else place.root, folder=not place.is_file))
        for group in grouped(entries) if entries else ():
            self._put(place, Group((), group.entries, listed[0].name) if place.is_file else group)

    def _read(self, place: Place, file: File) -> Entry | None:
        self.files += 1
        try:
            return Entry(file, formats.read(place.filesystem, file.path))
        except (formats.Unreadable, OSError) as error:
            self.failures.append(FailedFile(place.location(file.path, folder=False), str(error)))
            return None

    def _put(self, place: Place, group: Group) -> None:
        folder = "/".join((place.root, *group.folders))
        location = place.location(group.entries[0].file.path if group.name else folder, folder=not group.name)
        found = tuple(
            FoundPartition(values_of(below), place.location("/".join((folder, *below)), folder=True))
            for below in group.partitions
        )
        definition = table_input(group, location, self._task.crawler)
        name = self._name(group.name or folder.rpartition("/")[2], location)
        self._tables[name] = FoundTable(name, definition, found)

    def _name(self, name: str, location: str) -> str:
        """A table's name from its folder's or file's; of namesakes the later ones carry a digest of their location."""
        prefix = self._task.definition.get("TablePrefix") or ""
        plain = (prefix + _NOT_IN_NAMES.sub("_", name.lower())).lower()[:LONGEST_NAME]
        if plain not in self._tables:
            return plain
        digest = hashlib.sha256(location.encode()).hexdigest()[:32]
        return f"{plain[: LONGEST_NAME - 33]}_{digest}"


def _sampled(files: list[File], most: int | None) -> list[File]:
    """Glue's SampleSize: so many files of each folder are read."""
    if not most:
        return files
    taken: dict[tuple[str, ...], int] = {}
    kept = []
    for file in files:
        taken[file.folders] = taken.get(file.folders, 0) + 1
        if taken[file.folders] <= most:
            kept.append(file)
    return kept
