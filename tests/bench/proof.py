"""What proving costs: the chain on append, and the verification of a long log that was sealed as a daemon seals it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from daemon.audit.processors import usable_processors
from daemon.audit.verification import Evidence, verify
from daemon.engine import LOG_FILE
from daemon.settings import DEFAULT_SEAL_EVENTS
from events.catalogue import encode
from events.ledger import Fact, Ledger
from events.proofs import UNCHAINED, Tree, framed, leaf
from events.reading import ReadOnlyLog
from events.seals import LogSealed, sealed
from events.vocabulary import SEAL_STREAM, StreamId
from tests.bench.driven import run
from tests.bench.figures import Figure, of
from tests.bench.floors import fetch_and_loads
from tests.bench.history import record
from tests.bench.log import EVENTS_OF_A_RUN, NODES, append_in_batches, append_through_journal
from tests.bench.room import Room
from tests.bench.workflows import layered

FEW = 3
"""As many events as one step of a run takes: a node ends, a trigger fires, another starts."""


@contextmanager
def _unlinked() -> Iterator[None]:
    """While it lasts the ledger makes no chains, and does nothing that only they need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "_linked", _values)
        yield


def _values(ledger: Ledger, facts: Sequence[Fact]) -> tuple[list[Any], dict[StreamId, bytes], int]:
    """What `Ledger._linked` would give if there were no chains."""
    position = ledger._last if ledger._last is not None else ledger._given()
    values: list[Any] = []
    for stream, version, event in facts:
        topic, state = encode(event)
        position += 1
        values += (position, stream, version, topic, state, UNCHAINED)
    return values, {}, position


def measure_chain_cost(room: Room) -> Iterator[Figure]:
    """Microseconds that an event takes to append with its chain; the floor is the same without, in turn with it."""
    state = room.scratch / "state"
    count = 5_000 if room.quick else 20_000
    record(state, layered("layers", NODES), count // EVENTS_OF_A_RUN + 20)
    with ReadOnlyLog(state / LOG_FILE) as source:
        facts = [Fact(r.stream, r.version, r.event) for r in islice(source.after(0), count)]
    ways: dict[str, Callable[[Path], float]] = {
        "chain on append": lambda path: _micros(append_in_batches(path, facts), facts),
        "chain of few": lambda path: _micros(append_in_batches(path, facts[:few], FEW), facts[:few]),
        "chain through journal": lambda path: _micros(run(append_through_journal(path, facts)), facts),
    }
    few = len(facts) // 10
    with_chain: dict[str, list[float]] = {key: [] for key in ways}
    without: dict[str, list[float]] = {key: [] for key in ways}
    for number in range(room.repetitions(9, 5)):
        for key, append in ways.items():
            with _unlinked():
                without[key].append(append(room.scratch / f"{key}{number}.without.db"))
            with_chain[key].append(append(room.scratch / f"{key}{number}.db"))
    for key in ways:
        yield of(key, with_chain[key], without[key], f"{few if key == 'chain of few' else len(facts):,} events")


def _micros(seconds: float, facts: Sequence[Fact]) -> float:
    return seconds / len(facts) * 1e6


def measure_verify(room: Room) -> Iterator[Figure]:
    """Events a second of a verification of a log with a seal every 10,000 events: as the command does it, on a second
    processor where there is one, and in one process."""
    state = room.scratch / "state"
    record(state, layered("layers", NODES), room.verified_events // EVENTS_OF_A_RUN)
    seals = seal(state / LOG_FILE)
    rates, alone, floors = list[float](), list[float](), list[float]()
    for _ in range(room.repetitions(2, 3)):
        for found, processors in ((rates, usable_processors()), (alone, 1)):
            report = verify(state / LOG_FILE, Evidence(), processors=processors)
            assert report.is_sound, report.findings[:3]
            found.append(report.events / report.seconds)
        floors.append(report.events / fetch_and_loads(state / LOG_FILE))
    note = f"{report.events:,} events under {seals} seals"
    yield of("verify", rates, floors, f"{note}, {min(usable_processors(), 2)} processes")
    yield of("verify alone", alone, floors, note)


def seal(path: Path) -> int:
    """Seals a whole log; returns the number of seals."""
    ledger = Ledger(path)
    end, newest = ledger.position(), None
    for first in range(1, end + 1, DEFAULT_SEAL_EVENTS):
        last, tree, began = min(first + DEFAULT_SEAL_EVENTS - 1, end), Tree(), round(time.time() * 1000)
        for page in ledger.pages(first - 1, last):
            tree.add(leaf(framed((row[0], row[2]), row[1], row[3], row[4])) for row in page)
        previous = newest.hash if newest is not None else ""
        event = LogSealed(began, "daemon", first, last, tree.size, tree.size, tree.root().hex(), previous)
        newest = sealed(newest.number + 1 if newest is not None else 1, event)
        ledger.commit([Fact(SEAL_STREAM, newest.number, event)])
    ledger.close()
    return newest.number if newest is not None else 0
