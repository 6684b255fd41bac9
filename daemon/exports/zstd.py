"""Files compressed by Zstandard, which pyarrow brings along."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pyarrow as pa


@contextmanager
def compressing(sink: IO[bytes]) -> Iterator[IO[bytes]]:
    """What to write to so that the sink gets it compressed."""
    with pa.CompressedOutputStream(pa.PythonFile(sink, "w"), "zstd") as compressed:
        yield compressed


def decompressing(source: IO[bytes]) -> IO[bytes]:
    """What to read from to get the content of a compressed file."""
    found: IO[bytes] = io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(source, "r"), "zstd"))
    return found
