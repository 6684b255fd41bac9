"""`python -m tests.bench.scale [--runs N] [--state-dir DIR] [--json]`: how reglue fares on a very long history.

Makes the log, or goes on with one that it made before, then measures with real processes: the start, pages of history
and old runs over HTTP, memory, and the audits of the command line. The log stays, for the next time.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from daemon.engine import LOG_FILE, VIEWS_FILE
from events.reading import ReadOnlyLog
from tests.bench.figures import Figure, of
from tests.bench.isolated import SCRATCH
from tests.bench.long_log import grow
from tests.bench.report import as_json, console, machine, print_table
from tests.bench.scale_audits import measure_audits
from tests.bench.scale_reads import measure_daemon
from tests.bench.scale_targets import TARGETS

FEW = 20
DEFAULT_RUNS = 20_000


def main() -> int:
    """Makes the log, measures, and prints one table."""
    asked = _arguments()
    host, progress = machine(), Console(stderr=True)
    with progress.status("making the log") as shown:
        runs = grow(
            asked.state_dir / "long",
            asked.runs,
            lambda made, wanted: shown.update(f"making the log: {made:,} of {wanted:,} runs"),
        )
        grow(asked.state_dir / "short", FEW)
    figures: dict[str, Figure] = {}
    with progress.status("measuring") as shown:
        for figure in _measured(asked.state_dir, runs):
            figures[figure.key] = figure
            shown.update(f"measured: {TARGETS[figure.key].title}")
    in_order = [figures[key] for key in TARGETS if key in figures]
    if asked.json:
        print(as_json(in_order, host, TARGETS))
    else:
        print_table(in_order, host, console(), TARGETS)
    progress.print(f"The log stays in {asked.state_dir}, for the next time.", highlight=False)
    return 0


def _measured(state_dir: Path, runs: int) -> Iterator[Figure]:
    short, long = state_dir / "short", state_dir / "long"
    yield from measure_daemon(short, long)
    with ReadOnlyLog(long / LOG_FILE) as log:
        yield of("events", [log.position()])
    yield of("runs", [runs])
    yield of("log bytes", [(long / LOG_FILE).stat().st_size / runs])
    yield of("views bytes", [(long / VIEWS_FILE).stat().st_size / runs])
    yield from measure_audits(short, long)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.scale", description="Measure reglue on a very long history."
    )
    parser.add_argument(
        "--runs", type=int, default=DEFAULT_RUNS, help=f"how many old runs, of about 21 events each ({DEFAULT_RUNS:,})"
    )
    parser.add_argument("--state-dir", type=Path, default=SCRATCH / "scale", help="where the log is made, and stays")
    parser.add_argument("--json", action="store_true", help="print figures for machines")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
