"""Loads what needs pyarrow when it is needed: it takes long to load, and is installed only with an extra."""

import importlib
from types import ModuleType
from typing import Literal

EXTRA = "parquet"


class NeedsArrow(Exception):
    """pyarrow is not installed; the text says how to get it."""


def arrow_module(name: Literal["parquet", "zstd"]) -> ModuleType:
    """A module of this package that needs pyarrow. Raises NeedsArrow."""
    try:
        return importlib.import_module(f"daemon.exports.{name}")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("pyarrow"):
            raise
        raise NeedsArrow(
            f"Parquet and .zst need pyarrow, which is not installed: pip install 'reglue[{EXTRA}]'. "
            "JSON Lines, plain or as .gz, need nothing more."
        ) from error
