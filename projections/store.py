"""Rows on disk, so that a start need not read all history: definitions and inboxes, a row per run, the run of every
attempt.

The rows are nothing but folds of the log, written a moment after it with the position that they are true for; delete
the file and the next start makes the same rows again. A run's row is written only when its graph holds nothing that
the log does not: a crash must never leave a row that is ahead of the log. Until a change is on disk here it is laid
over what the file says, so an answer always includes what was committed before it.

This is the one file of the room that does I/O. It is used from one thread.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from heapq import nlargest
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from events import runs
from events.archives import RunArchived
from events.design import DesignRecorded, Event
from events.seals import Seal
from events.vocabulary import JOB, SEAL_STREAM, NodeKey, StreamId, is_inbox_stream, is_run_stream, node_key
from projections import checkpoints
from projections.designs import Definition
from projections.inboxes import Inbox
from projections.run_history import RunSummary, summarize
from projections.run_values import RunGraph
from projections.standing import Standing

SCHEMA_VERSION = 6
_SCHEMA = """
CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL);
INSERT INTO position VALUES (1, 0);
CREATE TABLE runs (run_id TEXT PRIMARY KEY, workflow TEXT NOT NULL, ordinal INTEGER NOT NULL, active INTEGER NOT NULL,
    previous TEXT NOT NULL, root TEXT NOT NULL, summary BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX runs_by_workflow ON runs (workflow, ordinal);
CREATE INDEX runs_by_previous ON runs (previous, ordinal) WHERE previous <> '';
CREATE INDEX runs_by_root ON runs (root, ordinal) WHERE previous <> '';
CREATE INDEX runs_under_way ON runs (active) WHERE active;
CREATE TABLE attempts (attempt_id TEXT PRIMARY KEY, node TEXT NOT NULL, run_id TEXT NOT NULL, ordinal INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX attempts_by_node ON attempts (node, ordinal);
CREATE TABLE definitions (stream TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE designs (hash TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE checkpoints (run_id TEXT PRIMARY KEY, graph BLOB NOT NULL);
"""
_ATTEMPT_BIRTHS = (runs.NodeStarted, runs.NodeWaiting, runs.NodeRefused)

Row = TypeVar("Row", Definition, Inbox, Seal, RunSummary)


class StaleViews(Exception):
    """The file cannot be used as it is: it is damaged, of another version, or ahead of the log. Make it anew from the
    log."""


class AttemptPage(msgspec.Struct, frozen=True):
    """Which attempts of all jobs to list: `limit` of them whose ids come `after` one (before it if `descending`)."""

    after: str
    limit: int
    descending: bool = False


class _Dirty(msgspec.Struct):
    """A run whose row is behind: its graph, the position it began at if new, and what of it is committed."""

    graph: RunGraph
    ordinal: int
    since: int
    committed_version: int

    @property
    def is_ready(self) -> bool:
        """Whether the log holds all that the row would."""
        return self.graph.version == self.committed_version


class _DirtyDefinition(msgspec.Struct):
    """A definition, an inbox or the seal whose row is behind: as it stands in memory, the position it changed at, and
    what of it is committed."""

    definition: Definition | Inbox | Seal
    since: int
    committed_version: int

    @property
    def is_ready(self) -> bool:
        """Whether the log holds all that the row would."""
        return self.definition.version == self.committed_version


class ViewStore:
    """The persisted rows and what is about to become rows. Raises StaleViews on opening a file that must be made
    anew."""

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise StaleViews(str(error)) from error
        self.noted = self.position
        self._runs: dict[StreamId, _Dirty] = {}
        self._attempts: list[tuple[str, str, StreamId, int]] = []
        self._definitions: dict[StreamId, _DirtyDefinition] = {}
        self._designs: set[str] = set()
        self._archived: dict[StreamId, tuple[str, ...]] = {}

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._db.executescript(_SCHEMA + f"PRAGMA user_version={SCHEMA_VERSION};")
        elif version != SCHEMA_VERSION:
            raise StaleViews(f"schema {version}, known: {SCHEMA_VERSION}")
        found = self._db.execute("SELECT position FROM position").fetchone()
        if found is None:
            raise StaleViews("the rows' position is gone")
        self.position: int = found[0]

    def note(self, facts: Sequence[tuple[StreamId, int, Event]], last: int, standing: Standing) -> None:
        """Takes committed facts into account: (stream, version, event) each, `last` the position of the last one."""
        first = last - len(facts) + 1
        for place, (stream, version, event) in enumerate(facts):
            position = first + place
            if is_run_stream(stream):
                self._note_run(stream, version, position, standing)
                if isinstance(event, _ATTEMPT_BIRTHS):
                    self._attempts.append((event.attempt_id, event.node, stream, position))
                elif type(event) is RunArchived:
                    self._note_archived(stream, event)
            elif isinstance(event, DesignRecorded):
                self._designs.add(stream.partition(":")[2])
            else:
                self._note_definition(stream, version, position, standing)
        self.noted = last

    def _note_run(self, run: StreamId, version: int, position: int, standing: Standing) -> None:
        dirty = self._runs.get(run)
        if dirty is not None:
            dirty.graph, dirty.committed_version = standing.graph(run), version
        else:
            ordinal = position if version == 1 else 0
            self._runs[run] = _Dirty(standing.graph(run), ordinal, position, version)

    def _note_archived(self, run: StreamId, event: RunArchived) -> None:
        """The run's row stays where it began; its attempts and its packed graph go."""
        self._runs[run].ordinal = event.began
        self._attempts = [row for row in self._attempts if row[2] != run]
        self._archived[run] = event.attempts

    def _note_definition(self, stream: StreamId, version: int, position: int, standing: Standing) -> None:
        definition = standing.row(stream)
        assert definition is not None
        dirty = self._definitions.get(stream)
        since = dirty.since if dirty is not None else position
        self._definitions[stream] = _DirtyDefinition(definition, since, version)

    @property
    def takes_out(self) -> bool:
        """Whether rows wait to be taken out."""
        return bool(self._archived)

    @property
    def is_behind(self) -> bool:
        """Whether anything waits to be written."""
        return self.noted > self.position

    def flush(self) -> None:
        """Writes what can be written in one transaction. Raises StaleViews, or OSError when the disk takes nothing; all
        of it waits for the next time then."""
        runs = {run: dirty for run, dirty in self._runs.items() if dirty.is_ready}
        definitions = {stream: dirty for stream, dirty in self._definitions.items() if dirty.is_ready}
        position = min(self._waiting_since(), default=self.noted + 1) - 1
        bodies = [(stream, msgspec.json.encode(dirty.definition)) for stream, dirty in definitions.items()]
        try:
            self._write(runs, bodies, position)
        except sqlite3.OperationalError as error:
            raise OSError(f"The views cannot be written: {error}.") from error
        except sqlite3.Error as error:
            raise StaleViews(str(error)) from error
        self._runs = {run: dirty for run, dirty in self._runs.items() if run not in runs}
        self._definitions = {name: dirty for name, dirty in self._definitions.items() if name not in definitions}
        self._attempts.clear()
        self._archived.clear()
        self._designs.clear()
        self.position = position

    def _write(self, runs: dict[StreamId, _Dirty], bodies: list[tuple[StreamId, bytes]], position: int) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._write_runs(runs)
            self._db.executemany("INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?)", self._attempts)
            self._write_archived()
            self._db.executemany("INSERT OR REPLACE INTO definitions VALUES (?, ?)", bodies)
            self._db.executemany("INSERT OR IGNORE INTO designs VALUES (?)", [(name,) for name in self._designs])
            self._db.execute("UPDATE position SET position = ?", (position,))

    def _waiting_since(self) -> list[int]:
        """Where the log must be read from again for each row that cannot be written yet."""
        dirty: list[_Dirty | _DirtyDefinition] = [*self._runs.values(), *self._definitions.values()]
        return [row.since for row in dirty if not row.is_ready]

    def _write_runs(self, ready: dict[StreamId, _Dirty]) -> None:
        rows = [
            (
                run,
                d.graph.workflow,
                d.ordinal,
                d.graph.is_active,
                d.graph.previous,
                d.graph.root,
                msgspec.json.encode(summarize(d.graph)),
            )
            for run, d in ready.items()
        ]
        self._db.executemany(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET "
            "active = excluded.active, summary = excluded.summary",
            rows,
        )
        kept = [(run, checkpoints.pack(d.graph)) for run, d in ready.items() if checkpoints.is_due(d.graph)]
        self._db.executemany("INSERT OR REPLACE INTO checkpoints VALUES (?, ?)", kept)

    def _write_archived(self) -> None:
        """Takes out what archived runs have no more. Their attempts are found by their ids, which are the table's
        order."""
        gone = [(*attempts, run) for run, attempts in self._archived.items() if attempts]
        self._db.executemany("DELETE FROM attempts WHERE attempt_id BETWEEN ? AND ? AND run_id = ?", gone)
        self._db.executemany("DELETE FROM checkpoints WHERE run_id = ?", [(run,) for run in self._archived])

    def runs_of(self, workflow: str, limit: int, before: int | None = None) -> list[tuple[int, RunSummary]]:
        """A workflow's runs, newest first, each with its ordinal; `before` is the ordinal that the page before ended
        with. Raises StaleViews."""
        rows = self._rows(
            "SELECT ordinal, run_id, summary FROM runs "
            "WHERE workflow = ? AND ordinal < ? ORDER BY ordinal DESC LIMIT ?",
            (workflow, before if before is not None else 1 << 62, limit),
        )
        found = {run_id: (ordinal, summary) for ordinal, run_id, summary in rows}
        page = {
            ordinal: summarize(self._runs[run_id].graph) if run_id in self._runs else _decoded(summary, RunSummary)
            for run_id, (ordinal, summary) in found.items()
        }
        page |= {
            d.ordinal: summarize(d.graph)
            for run_id, d in self._runs.items()
            if d.graph.workflow == workflow and d.ordinal and (before is None or d.ordinal < before)
        }
        return nlargest(limit, page.items(), key=lambda row: row[0])

    def run(self, run_id: StreamId) -> RunSummary | None:
        """The row of one run. Raises StaleViews."""
        if run_id in self._runs:
            return summarize(self._runs[run_id].graph)
        rows = self._rows("SELECT summary FROM runs WHERE run_id = ?", (run_id,))
        return _decoded(rows[0][0], RunSummary) if rows else None

    def resumes_of(self, run: StreamId) -> tuple[StreamId, ...]:
        """The runs that resumed a run directly, oldest first. Raises StaleViews."""
        rows = self._rows(
            "SELECT ordinal, run_id FROM runs WHERE previous = ? AND previous <> '' ORDER BY ordinal", (run,)
        )
        ahead = [(d.ordinal, name) for name, d in self._runs.items() if d.graph.previous == run and d.ordinal]
        return tuple(name for _, name in sorted({*map(tuple, rows), *ahead}))

    def chain_of(self, root: StreamId) -> list[RunSummary]:
        """The runs that were resumed from a first run, directly or by way of others, oldest first, itself left out.
        Raises StaleViews."""
        rows = self._rows(
            "SELECT ordinal, run_id, summary FROM runs WHERE root = ? AND previous <> '' ORDER BY ordinal", (root,)
        )
        found = {
            ordinal: summarize(self._runs[name].graph) if name in self._runs else _decoded(summary, RunSummary)
            for ordinal, name, summary in rows
        }
        found |= {
            d.ordinal: summarize(d.graph)
            for d in self._runs.values()
            if d.graph.previous and d.graph.root == root and d.ordinal
        }
        return [found[ordinal] for ordinal in sorted(found)]

    def job_runs_of(self, job: str, limit: int, before: int | None = None) -> list[tuple[int, str, StreamId]]:
        """A job's attempts, as `attempts_of` has them. Raises StaleViews."""
        return self.attempts_of(node_key(JOB, job), limit, before)

    def attempts_of(self, node: NodeKey, limit: int, before: int | None = None) -> list[tuple[int, str, StreamId]]:
        """The attempts at a job or crawler, newest first: ordinal, attempt id, and the run whose stream holds it.
        Raises StaleViews."""
        bound = before if before is not None else 1 << 62
        rows = self._rows(
            "SELECT ordinal, attempt_id, run_id FROM attempts "
            "WHERE node = ? AND ordinal < ? ORDER BY ordinal DESC LIMIT ?",
            (node, bound, limit),
        )
        page = {attempt: (ordinal, attempt, run) for ordinal, attempt, run in rows}
        for attempt, of_node, run, ordinal in self._attempts:
            if of_node == node and ordinal < bound:
                page.setdefault(attempt, (ordinal, attempt, run))
        return nlargest(limit, page.values())

    def attempts_from(self, page: AttemptPage) -> list[tuple[str, StreamId]]:
        """Attempt ids in their order, which is that of their beginnings, each with its run. Raises StaleViews."""
        compared, order = ("<", "DESC") if page.descending else (">", "ASC")
        rows = self._rows(
            "SELECT attempt_id, run_id FROM attempts "
            f"WHERE attempt_id {compared} ? ORDER BY attempt_id {order} LIMIT ?",
            (page.after, page.limit),
        )
        found = dict(rows) | {
            attempt: run
            for attempt, _, run, _ in self._attempts
            if (attempt < page.after if page.descending else attempt > page.after)
        }
        return sorted(found.items(), reverse=page.descending)[: page.limit]

    def checkpoint(self, run: StreamId) -> bytes | None:
        """The packed graph of a finished run, if it was kept; one that cannot be read is as good as none."""
        try:
            row = self._db.execute("SELECT graph FROM checkpoints WHERE run_id = ?", (run,)).fetchone()
        except sqlite3.Error:
            return None
        return bytes(row[0]) if row is not None else None

    def run_of_attempt(self, attempt_id: str) -> StreamId | None:
        """The run whose stream holds an attempt. Raises StaleViews."""
        for (run,) in self._rows("SELECT run_id FROM attempts WHERE attempt_id = ?", (attempt_id,)):
            return str(run)
        return next((run for attempt, _, run, _ in self._attempts if attempt == attempt_id), None)

    def definitions(self) -> Iterable[Definition | Inbox | Seal]:
        """Every definition, removed ones included, every inbox and the newest seal as of `position`. Raises
        StaleViews."""
        return [_row(name, body) for name, body in self._rows("SELECT stream, body FROM definitions")]

    def recorded_designs(self) -> Iterable[str]:
        """The content hashes of all designs that the log holds. Raises StaleViews."""
        return [name for (name,) in self._rows("SELECT hash FROM designs")]

    def active_runs(self) -> list[StreamId]:
        """The runs that were under way as of `position`. Raises StaleViews."""
        return [run for (run,) in self._rows("SELECT run_id FROM runs WHERE active")]

    def _rows(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise StaleViews(str(error)) from error

    def close(self) -> None:
        """Closes the file; what was not flushed is made again from the log."""
        self._db.close()


def _row(stream: StreamId, body: bytes) -> Definition | Inbox | Seal:
    if stream == SEAL_STREAM:
        return _decoded(body, Seal)
    return _decoded(body, Inbox) if is_inbox_stream(stream) else _decoded(body, Definition)


def _decoded(body: bytes, kind: type[Row]) -> Row:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, TypeError) as error:
        raise StaleViews(f"a row is no {kind.__name__}: {error}") from error
