"""The table of all figures, for people; and the same as JSON, for machines."""

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.figures import TARGETS, Figure, Target, shown

UNTERMINATED_WIDTH = 170
COLOURS = {"met": "green", "missed": "red", "not measured": "yellow"}


def console() -> Console:
    """Standard output; wide enough for the table where it is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=UNTERMINATED_WIDTH)


def print_table(
    figures: Sequence[Figure], host: dict[str, Any], output: Console, targets: Mapping[str, Target] = TARGETS
) -> None:
    """The table and the notes; `host` as `machine` gave it before the measures."""
    title = (
        f"reglue on {host['processors']} processors (load {host['load']:.1f} at the start, {os.getloadavg()[0]:.1f} at "
        f"the end), Python {host['python']}, SQLite {host['sqlite']}, Linux {host['kernel']}"
    )
    table = Table(title=title, title_justify="left", pad_edge=False)
    table.add_column("measure")
    for heading in ("value", "spread", "unit", "target", "floor", "ratio", "target ratio"):
        table.add_column(heading, justify="left" if heading == "unit" else "right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for figure in figures:
        table.add_row(*_cells(figure, targets[figure.key]))
    output.print(table)
    notes = [(targets[figure.key].title, _note(figure, targets[figure.key])) for figure in figures]
    for note, same in groupby(notes, key=itemgetter(1)):
        if note:  # once for those in a row that share it
            output.print(f"{next(same)[0]}: {note}", highlight=False, markup=False)


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


def _note(figure: Figure, target: Target) -> str:
    parts = [figure.note, f"floor: {target.floor}" if target.floor else ""]
    parts.append(f"peers ({target.unit}): {target.peers}" if target.peers else "")
    return "; ".join(part for part in parts if part)


def machine() -> dict[str, Any]:
    """What the figures are measured on, and how busy it is now."""
    return {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
    }


def as_json(figures: Sequence[Figure], host: dict[str, Any], targets: Mapping[str, Target] = TARGETS) -> str:
    """All figures with their targets and verdicts."""
    rows = [_row(figure, targets[figure.key]) for figure in figures]
    return msgspec.json.encode({"machine": host, "figures": rows}).decode()


def _row(figure: Figure, target: Target) -> dict[str, Any]:
    return {
        "key": figure.key,
        "title": target.title,
        "unit": target.unit,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "target": target.limit,
        "floor": figure.floor,
        "floor_is": target.floor,
        "ratio": figure.ratio,
        "target_ratio": target.ratio,
        "verdict": target.verdict(figure),
        "note": figure.note,
        "peers": target.peers,
    }
