"""One crawl: each target's files are listed, read and grouped into tables. A file that cannot be read is a finding."""

import hashlib
import re
from typing import Any

from pyarrow import ArrowException

from daemon.crawling import formats
from daemon.crawling.classifiers import rules_of
from daemon.crawling.exclusions import compiled, is_excluded
from daemon.crawling.findings import FailedFile, Findings, FoundPartition, FoundTable, Task
from daemon.crawling.formats import Read, Rule
from daemon.crawling.grouping import Entry, Group, Rules, grouped, values_of
from daemon.crawling.lines import CrawlLines
from daemon.crawling.options import Options, not_carried_out, options_of
from daemon.crawling.places import CannotCrawl, File, Place
from daemon.crawling.storage import read_of, table_input
from projections.crawler_terms import database_of, delete_behavior, update_behavior

_OTHER_TARGETS = ("JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets")
_OTHER_TARGETS_TOO = ("DeltaTargets", "IcebergTargets", "HudiTargets")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_]+")
LONGEST_NAME = 255


def crawl(task: Task) -> Findings:
    """Everything that a crawler's targets hold; why it failed, if a target cannot be crawled at all."""
    lines = CrawlLines(task.id, task.log)
    lines.benchmark(f"Running Start Crawl for Crawler {task.crawler}")
    behaviors = (update_behavior(task.definition), delete_behavior(task.definition))
    lines.info("Crawler configured with SchemaChangePolicy UpdateBehavior {}, DeleteBehavior {}.".format(*behaviors))
    crawling = _Crawl(task, lines)
    try:
        crawling.run()
    except (CannotCrawl, ValueError, OSError, ArrowException) as error:
        return crawling.failed(str(error))
    lines.benchmark(f"Classification complete, writing results to database {database_of(task.definition)}")
    return crawling.findings


def _targets(definition: dict[str, Any]) -> list[dict[str, Any]]:
    targets = definition.get("Targets", {})
    for other in (*_OTHER_TARGETS, *_OTHER_TARGETS_TOO):
        if targets.get(other):
            raise CannotCrawl(f"Targets.{other} cannot be crawled here. Targets are files: name them as S3Targets.")
    return list(targets.get("S3Targets", ()))


class _Crawl:
    """What was found so far."""

    def __init__(self, task: Task, lines: CrawlLines) -> None:
        self._task = task
        self._lines = lines
        self._rules: tuple[Rule, ...] = ()
        self._options = Options()
        self._known = _known_folders(task.known)
        self._tables: dict[str, FoundTable] = {}
        self._crawled: list[str] = []
        self._failures: list[FailedFile] = []
        self._files = 0

    @property
    def findings(self) -> Findings:
        """All of it."""
        return Findings(tuple(self._tables.values()), tuple(self._crawled), tuple(self._failures), self._files)

    def failed(self, error: str) -> Findings:
        """No tables, but the files that could not be read all the same."""
        return Findings(failures=tuple(self._failures), files=self._files, error=error)

    def run(self) -> None:
        """Looks through all targets. Raises CannotCrawl, or what the file system says."""
        for sentence in not_carried_out(self._task.definition):
            self._lines.warn(sentence)
        self._rules = rules_of(self._task.classifiers)
        self._options = options_of(self._task.definition)
        for target in _targets(self._task.definition):
            self.add(target)
        most = self._options.most_tables
        if most is not None and len(self._tables) > most:
            raise CannotCrawl(
                f"The number of tables detected by crawler: {len(self._tables)} is greater than the table threshold "
                f"value provided: {most}. Raise TableThreshold in its Configuration, or narrow its targets."
            )

    def add(self, target: dict[str, Any]) -> None:
        """Looks through one target."""
        path = target.get("Path", "")
        if not path:
            raise CannotCrawl("Targets.S3Targets holds a target without Path: name a path, a file:// or an s3:// URL.")
        place = Place(path)
        listed = place.files()
        excluded = compiled(target.get("Exclusions") or [])
        files = [file for file in listed if not is_excluded("/".join((*file.folders, file.name)), excluded)]
        self._lines.info(f"Target {path}: {len(files)} files, {len(listed) - len(files)} excluded.")
        entries = self._entries(place, _sampled(files, target.get("SampleSize")))
        self._crawled.append(place.location(listed[0].path if place.is_file else place.root, folder=not place.is_file))
        for group in grouped(entries, self._grouping(place)) if entries else ():
            self._put(place, Group((), group.entries, listed[0].name) if place.is_file else group)

    def _grouping(self, place: Place) -> Rules:
        level = self._options.level
        depth = max(0, level - place.level) if level is not None else 0
        return Rules(self._options.combines, depth)

    def _entries(self, place: Place, files: list[File]) -> list[Entry]:
        """The files with what was read of them; those of folders that are known are not read."""
        entries, known = [], 0
        for file in files:
            folder = place.location("/".join((place.root, *file.folders)), folder=True)
            read = self._known.get(folder)
            known += read is not None
            entry = Entry(file, read) if read is not None else self._read(place, file)
            if entry is not None:
                entries.append(entry)
        if known:
            self._lines.info(f"{known} files are in folders that were crawled before and were not read again.")
        return entries

    def _read(self, place: Place, file: File) -> Entry | None:
        self._files += 1
        try:
            return Entry(file, formats.read(place.filesystem, file.path, self._rules))
        except (formats.Unreadable, OSError) as error:
            failed = FailedFile(place.location(file.path, folder=False), str(error))
            self._failures.append(failed)
            self._lines.error(f"{failed.path}: {failed.reason}")
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
        counts = f"{len(group.entries)} files, {len(group.columns)} columns, {len(found)} partitions"
        self._lines.info(f"Table {name} at {location}: {group.kind.format}, {counts}.")

    def _name(self, name: str, location: str) -> str:
        """A table's name from its folder's or file's; of namesakes the later ones carry a digest of their location."""
        prefix = self._task.definition.get("TablePrefix") or ""
        plain = (prefix + _NOT_IN_NAMES.sub("_", name.lower())).lower()[:LONGEST_NAME]
        if plain not in self._tables:
            return plain
        digest = hashlib.sha256(location.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return f"{plain[: LONGEST_NAME - 33]}_{digest}"


def _known_folders(tables: tuple[FoundTable, ...]) -> dict[str, Read]:
    """What the files of each folder are that the crawler has made a table or a partition of."""
    known: dict[str, Read] = {}
    for table in tables:
        read = read_of(table.definition)
        if read is not None:
            folders = [partition.location for partition in table.partitions] or [table.location]
            known |= dict.fromkeys(folders, read)
    return known


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
