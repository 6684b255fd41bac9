"""A log of very many runs: one cycle of runs that an engine recorded, written again and again under new ids and times.

What is written is what a daemon would have written: bodies of the engine's own encoding, the chain of every stream, and
a seal wherever one is due. A log that was begun is gone on with, so a long one may be made in several sittings.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from daemon import commands
from daemon.engine import LOG_FILE
from daemon.settings import DEFAULT_SEAL_EVENTS
from events.catalogue import encode
from events.log_file import TABLE
from events.proofs import UNCHAINED, Tree, framed, leaf, link
from events.reading import ReadOnlyLog
from events.seals import LogSealed, Seal, sealed
from events.vocabulary import SEAL_STREAM, is_run_stream, unique_id
from tests.bench.driven import Driven, driven, job_body, run
from tests.bench.floors import Row
from tests.bench.workflows import w1_and_more

WORKFLOW = "W1"
RUNS_OF_A_CYCLE = 20
FAILING = f"{WORKFLOW}-J4"
CYCLE_MILLIS = 60_000
"""The time from the beginning of one cycle to that of the next."""

_CYCLES_IN_A_COMMIT = 50
_FRONT = re.compile(rb"\b(wr|jr)_([0-9a-f]{12})([0-9a-f]{52})\b|\b(1\d{12})\b")
_AT = re.compile(rb'"at":(\d+)')
_SEALS = SEAL_STREAM.encode()
_INSERT = (
    f"INSERT INTO {TABLE} (rowid, originator_id, originator_version, topic, state, chain) VALUES (?, ?, ?, ?, ?, ?)"
)

Progress = Callable[[int, int], None]
"""Told how many runs there are, and how many there will be."""


class _Template(NamedTuple):
    """A text with places for ids and moments: `numbers` says which of the cycle's goes into each."""

    form: bytes
    numbers: tuple[int, ...]


class _Cycle:
    """The recorded cycle as templates; `rows` gives it anew under other ids and times."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._parts: list[bytes] = []
        self._rows = [
            (self._template(s.encode()), version, topic, self._template(body)) for s, version, topic, body in rows
        ]

    def _template(self, text: bytes) -> _Template:
        numbers: list[int] = []

        def placed(found: "re.Match[bytes]") -> bytes:
            if found[0] not in self._parts:
                self._parts.append(found[0])
            numbers.append(self._parts.index(found[0]))
            return b"%b"

        return _Template(_FRONT.sub(placed, text.replace(b"%", b"%%")), tuple(numbers))

    def rows(self, number: int) -> Iterator[tuple[bytes, int, str, bytes]]:
        """The rows of one more cycle: stream, version, stored name, body."""
        parts = [_moved(part, number) for part in self._parts]
        for stream, version, topic, body in self._rows:
            values = tuple([parts[at] for at in body.numbers])
            yield stream.form % tuple([parts[at] for at in stream.numbers]), version, topic, body.form % values


def _moved(part: bytes, number: int) -> bytes:
    """An id or a moment as it is in a later cycle."""
    later = number * CYCLE_MILLIS
    if part[2:3] != b"_":
        return b"%d" % (int(part) + later)
    random = hashlib.blake2b(b"%d" % number + part, digest_size=26).hexdigest().encode()
    return b"%b%012x%b" % (part[:3], int(part[3:15], 16) + later, random)


def grow(state_dir: Path, runs: int, progress: Progress = lambda made, runs: None) -> int:
    """Brings the log of a state directory to this many runs, if it has fewer; returns how many it has."""
    log = state_dir / LOG_FILE
    if not log.exists():
        run(_one_cycle(state_dir))
    writer = _Writer(log)
    while (made := writer.cycles * RUNS_OF_A_CYCLE) < runs:
        progress(made, runs)
        writer.write(min(_CYCLES_IN_A_COMMIT, -(-(runs - made) // RUNS_OF_A_CYCLE)))
    writer.close()
    return made


async def _one_cycle(state_dir: Path) -> None:
    """Twenty runs: two that fail in part, the resume of one of them, and the others well; some beside each other."""
    async with driven(state_dir) as daemon:
        await daemon.define(w1_and_more(WORKFLOW), failing=[FAILING])
        failed = [(await daemon.run(WORKFLOW))[0] for _ in range(2)]
        await daemon.ask(commands.ChangeJob, FAILING, job_body())
        await daemon.resume(WORKFLOW, failed[0], unique_id(WORKFLOW, "JOB", FAILING))
        await _well(daemon, RUNS_OF_A_CYCLE - 3)


async def _well(daemon: Driven, runs: int) -> None:
    started = [await daemon.ask(commands.StartRun, WORKFLOW) for _ in range(runs)]
    for run_id in started:
        await daemon.ended(run_id)


class _Writer:
    """Appends cycles to a log that nobody else holds; each commit is of whole cycles."""

    def __init__(self, log: Path) -> None:
        self._db = sqlite3.connect(log, isolation_level=None)
        # Nothing waits for the disk here: what a crash of the machine spoils is made again.
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-262144", "wal_autocheckpoint=20000"):
            self._db.execute(f"PRAGMA {pragma}")
        with ReadOnlyLog(log) as reader:
            self._position = reader.position()
            self._seal = _newest_seal(reader)
            recorded, others = _first_cycle(reader)
            self._tree = Tree()
            self._chain_of_seals = _chain(reader, self._seal)
            for page in reader.pages(self._sealed_to, self._position):
                self._tree.add(leaf(framed((row[0], row[2]), row[1], row[3], row[4])) for row in page)
        seals = self._seal.number if self._seal is not None else 0
        self.cycles = (self._position - seals - others) // len(recorded)
        self._cycle = _Cycle(recorded)
        self._rows: list[tuple[Any, ...]] = []
        self._leaves: list[bytes] = []
        self._newest: dict[bytes, bytes] = {}

    @property
    def _sealed_to(self) -> int:
        return self._seal.last if self._seal is not None else 0

    def write(self, cycles: int) -> None:
        """Appends so many cycles in one commit, and the seals that fall due."""
        for _ in range(cycles):
            for row in self._cycle.rows(self.cycles):
                self._append(*row)
                if self._position - self._sealed_to >= DEFAULT_SEAL_EVENTS:
                    self._append_seal()
            self.cycles += 1
            self._newest.clear()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(_INSERT, self._rows)
        self._db.execute("COMMIT")
        self._rows.clear()

    def _append(self, stream: bytes, version: int, topic: str, body: bytes) -> None:
        self._position += 1
        frame = framed((self._position, version), stream, topic.encode(), body)
        chain = link(self._newest.get(stream, UNCHAINED), frame)
        self._newest[stream] = chain
        self._leaves.append(leaf(frame))
        self._rows.append((self._position, stream.decode(), version, topic, body, chain))

    def _append_seal(self) -> None:
        tree, at = self._tree, int(_AT.search(self._rows[-1][4])[1])  # type: ignore[index]  # every event has one
        tree.add(self._leaves)
        previous = self._seal.hash if self._seal is not None else ""
        first, events = self._sealed_to + 1, tree.size
        event = LogSealed(at, "daemon", first, self._position, events, events, tree.root().hex(), previous)
        self._tree, self._leaves = Tree(), []
        number = self._seal.number + 1 if self._seal is not None else 1
        self._newest[_SEALS] = self._chain_of_seals
        self._append(_SEALS, number, *encode(event))
        self._chain_of_seals = self._newest.pop(_SEALS)
        self._seal = sealed(number, event)

    def close(self) -> None:
        """Closes the log, with all of it in the one file."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()


def _newest_seal(log: ReadOnlyLog) -> Seal | None:
    found = log.latest(SEAL_STREAM, 2**62)
    return sealed(found.version, found.event) if found is not None and isinstance(found.event, LogSealed) else None


def _chain(log: ReadOnlyLog, newest: Seal | None) -> bytes:
    """The chain of the newest seal's event."""
    place = log.place_of(_SEALS, newest.number) if newest is not None else None
    return (place[1] if place is not None else None) or UNCHAINED


def _first_cycle(log: ReadOnlyLog) -> tuple[list[Row], int]:
    """The rows of the runs that an engine recorded, and how many others there are besides the seals."""
    runs: set[str] = set()
    rows: list[Row] = []
    others = 0
    for _, stream, version, topic, body, _ in next(log.pages(0, log.position())):
        name = stream.decode()
        if not is_run_stream(name):
            others += name != SEAL_STREAM
        elif name in runs or len(runs) < RUNS_OF_A_CYCLE:
            runs.add(name)
            rows.append((name, version, topic.decode(), body))
    return rows, others
