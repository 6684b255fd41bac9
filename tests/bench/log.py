"""The log: events replayed into run graphs, by one processor and by all, and events appended to many streams."""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from daemon.audit.processors import usable_processors
from daemon.audit.replay_processes import folded
from daemon.audit.replay_shares import Extract
from daemon.audit.replaying import MOST_PROCESSES
from daemon.engine import LOG_FILE
from daemon.journal import Journal
from daemon.service import GC_THRESHOLD
from events.ledger import Fact, Ledger
from events.reading import ReadOnlyLog
from projections.rebuild import catch_up, reader
from projections.standing import Standing
from projections.store import ViewStore
from tests.bench.driven import run
from tests.bench.figures import Figure, of
from tests.bench.floors import DurableTable, Row, fetch_and_loads, rows_of
from tests.bench.history import record
from tests.bench.room import Room
from tests.bench.workflows import layered

NODES = 30
EVENTS_OF_A_RUN = 90
BATCH = 100


def measure_replay(room: Room) -> Iterator[Figure]:
    """Events a second from the log into run graphs, definitions and job slots; then with the views' rows as well."""
    state = room.scratch / "state"
    events = record(state, layered("layers", NODES), room.recorded_events // EVENTS_OF_A_RUN)
    gc.set_threshold(GC_THRESHOLD)
    gc.freeze()
    rates, floors, rebuilt = [], [], []
    for number in range(room.repetitions(5)):
        floors.append(events / fetch_and_loads(state / LOG_FILE))
        rates.append(events / _replay(state / LOG_FILE))
        rebuilt.append(events / _rebuild(state / LOG_FILE, room.scratch / f"views{number}.db"))
    note = f"{events:,} events of runs of {NODES} nodes"
    yield of("replay", rates, floors, note)
    yield of("rebuild", rebuilt, floors, note)


def measure_look_back(room: Room) -> Iterator[Figure]:
    """Events a second of a replay as an audit does it: a long log, to its end, by all processors; then by one."""
    state = room.scratch / "state"
    events = record(state, layered("layers", NODES), room.replayed_events // EVENTS_OF_A_RUN)
    processes = min(usable_processors(), MOST_PROCESSES)
    rates, alone, floors = [], [], []
    for _ in range(room.repetitions(3)):
        floors.append(events / fetch_and_loads(state / LOG_FILE))
        rates.append(events / _look_back(state / LOG_FILE, processes))
        alone.append(events / _look_back(state / LOG_FILE, 1))
    note = f"{events:,} events of runs of {NODES} nodes"
    yield of("look back", rates, floors, f"{note}, in {processes} processes")
    yield of("look back alone", alone, floors, note)


def _look_back(path: Path, processes: int) -> float:
    with ReadOnlyLog(path) as log:
        began = time.perf_counter()
        folded(log, Extract(log.position(), 1), processes, lambda position: None)
        return time.perf_counter() - began


def _replay(log: Path) -> float:
    ledger = Ledger(log)
    standing = Standing(reader(ledger))
    began = time.perf_counter()
    for recorded in ledger.after(0):
        standing.apply(recorded.stream, recorded.event)
    seconds = time.perf_counter() - began
    ledger.close()
    return seconds


def _rebuild(log: Path, views: Path) -> float:
    ledger, store = Ledger(log), ViewStore(views)
    began = time.perf_counter()
    catch_up(ledger, store)
    seconds = time.perf_counter() - began
    store.close()
    ledger.close()
    return seconds


def measure_append(room: Room) -> Iterator[Figure]:
    """Durable events a second: batches in one thread, then from many appenders through the journal's thread."""
    state = room.scratch / "state"
    count = 5_000 if room.quick else 20_000
    record(state, layered("layers", NODES), count // EVENTS_OF_A_RUN + 20)
    source = Ledger(state / LOG_FILE)
    facts = [Fact(r.stream, r.version, r.event) for r in islice(source.after(0), count)]
    source.close()
    rates, floors, through_journal = [], [], []
    for number in range(room.repetitions(7)):
        floors.append(len(facts) / _floor(room.scratch / f"floor{number}.db", _rows(state / LOG_FILE, count)))
        rates.append(len(facts) / append_in_batches(room.scratch / f"append{number}.db", facts))
        through_journal.append(len(facts) / run(append_through_journal(room.scratch / f"journal{number}.db", facts)))
    note = f"{len(facts):,} events"
    yield of("append", rates, floors, note)
    yield of("journal", through_journal, floors, note)


def _rows(log: Path, count: int) -> list[Row]:
    """The rows as they are stored, so that the floor writes what the measure does."""
    return rows_of(log)[:count]


def _floor(path: Path, rows: Sequence[Row]) -> float:
    table = DurableTable(path)
    seconds = table.insert(rows, BATCH)
    table.close()
    return seconds


def append_in_batches(path: Path, facts: Sequence[Fact], size: int = BATCH) -> float:
    """Seconds to append facts to a new log, so many in one commit."""
    ledger = Ledger(path)
    began = time.perf_counter()
    for start in range(0, len(facts), size):
        ledger.commit(facts[start : start + size])
    seconds = time.perf_counter() - began
    ledger.close()
    return seconds


async def append_through_journal(path: Path, facts: Sequence[Fact]) -> float:
    """A hundred appenders beside each other, each of which waits for its event before it appends the next."""
    ledger = Ledger(path)
    journal = Journal(ledger)
    began = time.perf_counter()
    await asyncio.gather(*(_appender(journal, facts[number::BATCH]) for number in range(BATCH)))
    seconds = time.perf_counter() - began
    await journal.close()
    ledger.close()
    return seconds


async def _appender(journal: Journal, facts: Sequence[Fact]) -> None:
    for fact in facts:
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        journal.append((fact,), partial(_resolve, done))
        await done


def _resolve(done: "asyncio.Future[int]", position: int, error: Exception | None) -> None:
    done.set_exception(error) if error else done.set_result(position)
