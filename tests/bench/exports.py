"""Files of a sealed log: writing one in each format, and making a log of one again with its verification."""

from collections.abc import Iterator
from pathlib import Path

from daemon.engine import LOG_FILE
from daemon.exports.destination import Destination
from daemon.exports.exporting import Target, export, format_of
from daemon.exports.importing import Steps, import_log
from events.reading import ReadOnlyLog
from tests.bench.figures import Figure, of
from tests.bench.floors import fetch_and_loads
from tests.bench.history import record
from tests.bench.log import EVENTS_OF_A_RUN, NODES
from tests.bench.proof import seal
from tests.bench.room import Room
from tests.bench.workflows import layered


def measure_export(room: Room) -> Iterator[Figure]:
    """Events a second out of a log into a file, and out of that into a verified log."""
    state = room.scratch / "state"
    record(state, layered("layers", NODES), room.verified_events // EVENTS_OF_A_RUN)
    seals = seal(state / LOG_FILE)
    files = {"export": room.scratch / "log.jsonl", "export parquet": room.scratch / "log.parquet"}
    rates: dict[str, list[float]] = {key: [] for key in (*files, "import")}
    floors: list[float] = []
    events = 0
    for number in range(room.repetitions(2, 3)):
        for key, file in files.items():
            events, seconds = _exported(state / LOG_FILE, file)
            rates[key].append(events / seconds)
        floors.append(events / fetch_and_loads(state / LOG_FILE))
        done = import_log(files["export"], room.scratch / f"copy{number}", False, Steps(_unheard, _unheard))
        assert done.is_kept, done.report.findings[:3]
        rates["import"].append(done.report.events / done.seconds)
    for key, found in rates.items():
        yield of(key, found, floors, f"{events:,} events under {seals} seals")


def _exported(log: Path, file: Path) -> tuple[int, float]:
    """How many events an export wrote, and the seconds that it took."""
    with ReadOnlyLog(log) as source:
        done = export(source, None, Target(Destination(file, replaces=True), format_of(file)), _unheard)
    return done.events, done.seconds


def _unheard(position: int, end: int) -> None:
    """Is told how far it is."""
