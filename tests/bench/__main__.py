"""`python -m tests.bench [--quick] [--only NAME ...] [--json]`: measures against the targets and prints one table.

The exit code is 1 when something could not be measured; a missed target is news, not a failure.
"""

import argparse
import sys

from rich.console import Console

from tests.bench.figures import MEASURES, NOT_ALIKE, Figure
from tests.bench.isolated import measured
from tests.bench.report import as_json, console, machine, print_table


def main() -> int:
    """Runs what was asked for, one measure after the other."""
    asked = _arguments()
    host, progress = machine(), Console(stderr=True)
    figures: list[Figure] = []
    for name in asked.only or MEASURES:
        with progress.status(f"measuring {name}"):
            figures += measured(name, asked.quick)
    if asked.json:
        print(as_json(figures, host))
    else:
        output = console()
        print_table(figures, host, output)
        output.print(f"\n{NOT_ALIKE}", highlight=False)
    return int(any(figure.value is None for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure reglue against its targets.")
    parser.add_argument("--quick", action="store_true", help="smaller histories, fewer repetitions: under a minute")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="NAME", help=f"any of {', '.join(MEASURES)}")
    parser.add_argument("--json", action="store_true", help="print figures for machines")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
