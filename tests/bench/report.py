"""The table of all figures, for people; and the same as JSON, for machines."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.figures import NOT_ALIKE, TARGETS, Figure, Target, shown

UNTERMINATED_WIDTH = 170
COLOURS = {"met": "green", "missed": "red", "not measured": "yellow"}


def console() -> Console:
    """Standard output; wide enough for the table where it is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=UNTERMINATED_WIDTH)


def print_table(figures: Sequence[Figure], output: Console) -> None:
    """The table, the notes and what peers need."""
    table = Table(title=f"reglue on {machine()['summary']}", title_justify="left", pad_edge=False)
    table.add_column("measure")
    for heading in ("value", "spread", "unit", "target", "floor", "ratio", "target ratio"):
        table.add_column(heading, justify="left" if heading == "unit" else "right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for figure in figures:
        table.add_row(*_cells(figure, TARGETS[figure.key]))
    output.print(table)
    for figure in figures:
        _print_note(figure, TARGETS[figure.key], output)
    output.print(f"\n{NOT_ALIKE}", highlight=False)


def _cells(figure: Figure, target: Target) -> tuple[str, ...]:
    sign = "≥" if target.is_rate else "≤"
    spread = f"{shown(figure.low)} - {shown(figure.high)}" if figure.low != figure.high else ""
    verdict = target.verdict(figure)
    colour = COLOURS.get(verdict, "default")
    return (
        target.title,
        shown(figure.value),
        spread,
        target.unit,
        f"{sign} {shown(target.limit)}" if target.limit else "",
        shown(figure.floor),
        f"{shown(figure.ratio)} x" if figure.ratio else "",
        f"{sign} {shown(target.ratio)} x" if target.ratio else "",
        f"[{colour}]{verdict}[/]",
    )


def _print_note(figure: Figure, target: Target, output: Console) -> None:
    parts = [figure.note, f"floor: {target.floor}" if target.floor else ""]
    parts.append(f"peers ({target.unit}): {target.peers}" if target.peers else "")
    if any(parts):
        output.print(f"{target.title}: {'; '.join(part for part in parts if part)}", highlight=False, markup=False)


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it was."""
    cpus, load = os.cpu_count(), os.getloadavg()[0]
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    summary = f"{cpus} processors (load {load:.1f}), Python {python}, SQLite {sqlite}, Linux {platform.release()}"
    return {"summary": summary, "processors": cpus, "load": load, "python": python, "sqlite": sqlite}


def as_json(figures: Sequence[Figure]) -> str:
    """All figures with their targets and verdicts."""
    rows = [
        {
            **msgspec.to_builtins(TARGETS[figure.key]),
            **msgspec.to_builtins(figure),
            "floor": figure.floor,
            "floor_is": TARGETS[figure.key].floor,
            "target": TARGETS[figure.key].limit,
            "target_ratio": TARGETS[figure.key].ratio,
            "ratio": figure.ratio,
            "verdict": TARGETS[figure.key].verdict(figure),
        }
        for figure in figures
    ]
    for row in rows:
        del row["limit"]
    return msgspec.json.encode({"machine": machine(), "figures": rows}).decode()
