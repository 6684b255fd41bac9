"""Which files make up one table, and which folders are its partitions.

Glue's rule, as far as it is documented: folders whose files have the same format and mostly the same columns are one
table, partitioned by those folders; otherwise each folder is a table of its own. Folders named `key=value` are
partitions of the key `key`; others get the keys `partition_0`, `partition_1` and so on.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from daemon.crawling.formats import Kind, Read
from daemon.crawling.hive_types import Columns, are_alike, are_compatible, merged
from daemon.crawling.places import File

_HIVE = re.compile(r"([^=]+)=(.*)", re.DOTALL)


class Entry(NamedTuple):
    """A file with what was read of it."""

    file: File
    read: Read


class Group(NamedTuple):
    """The files of one table: its folders below the target, its own files' name if it is a single file."""

    folders: tuple[str, ...]
    entries: tuple[Entry, ...]
    name: str = ""

    @property
    def kind(self) -> Kind:
        """What the first file is; the others are of the same format."""
        return self.entries[0].read.kind

    @property
    def columns(self) -> Columns:
        """The columns of all files together, without those that the partition keys stand for."""
        columns: Columns = {}
        for entry in self.entries:
            columns = merged(columns, entry.read.columns)
        return {name: kind for name, kind in columns.items() if name not in self.keys}

    @property
    def depth(self) -> int:
        """How many folders lie between the table's and its files."""
        return len(self.entries[0].file.folders) - len(self.folders)

    @property
    def keys(self) -> list[str]:
        """The names of the partition keys."""
        start = len(self.folders)
        levels = self.entries[0].file.folders[start:]
        return [_key(level, place) for place, level in enumerate(levels)]

    @property
    def partitions(self) -> list[tuple[str, ...]]:
        """The folders of each partition below the table's, each once, in order."""
        if not self.depth:
            return []
        return sorted({entry.file.folders[len(self.folders) :] for entry in self.entries})


class Rules(NamedTuple):
    """How files are told apart: whether few columns in common are enough for one table (`combines`), and how many
    folders below the target a table's own lies, at least (`depth`)."""

    combines: bool = False
    depth: int = 0


def grouped(entries: list[Entry], rules: Rules) -> list[Group]:
    """The tables among the files below one target."""
    if len(entries) == 1 and not entries[0].file.folders:
        return [Group((), tuple(entries))]
    return list(_groups((), entries, rules))


def values_of(folders: tuple[str, ...]) -> tuple[str, ...]:
    """The values of the partition keys that these folders stand for."""
    matches = ((_HIVE.fullmatch(folder), folder) for folder in folders)
    return tuple(unquote(match[2]) if match else folder for match, folder in matches)


def _key(folder: str, place: int) -> str:
    match = _HIVE.fullmatch(folder)
    return match[1].lower() if match else f"partition_{place}"


def _groups(folders: tuple[str, ...], entries: list[Entry], rules: Rules) -> Iterator[Group]:
    whole = Group(folders, tuple(entries))
    is_deep_enough = len(folders) >= rules.depth or all(entry.file.folders == folders for entry in entries)
    if is_deep_enough and _is_one_table(whole, rules):
        yield whole
        return
    below: dict[str, list[Entry]] = {}
    here = []
    for entry in entries:
        rest = entry.file.folders[len(folders) :]
        below.setdefault(rest[0], []).append(entry) if rest else here.append(entry)
    yield from (Group(folders, (entry,), entry.file.name) for entry in here)
    for folder, inner in sorted(below.items()):
        yield from _groups((*folders, folder), inner, rules)


def _is_one_table(group: Group, rules: Rules) -> bool:
    """Whether all files are alike and lie equally deep, below folders of the same keys."""
    first = group.entries[0]
    start, kind = len(group.folders), first.read.kind
    shapes = {tuple(_key(f, p) for p, f in enumerate(entry.file.folders[start:])) for entry in group.entries}
    if len(shapes) > 1 or any(entry.read.kind.format != kind.format for entry in group.entries):
        return False
    columns: Columns = {}
    for entry in group.entries:
        fit = are_compatible if rules.combines else are_alike
        if columns and not fit(columns, entry.read.columns):
            return False
        columns = merged(columns, entry.read.columns)
    return True
