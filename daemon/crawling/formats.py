"""What one file is and which columns it has: Parquet and ORC by their footers, CSV and JSON by their beginning.

The format is told by the content, not by the name. Of text files the first megabyte is read, packed ones (gzip,
bzip2, zstd, lz4) included.
"""

import csv
import io
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import json as arrow_json
from pyarrow import orc, parquet

from daemon.crawling.hive_types import Columns, columns_of

SAMPLE_BYTES = 1 << 20
_DELIMITERS = ",;|\t"
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}


class Unreadable(Exception):
    """A file that is none of the formats, or a damaged one; the text says why."""


class Kind(NamedTuple):
    """What the files of one table share: the format, how they are packed, and for CSV delimiter and header lines."""

    format: str
    packed: str = "none"
    delimiter: str = ""
    header: bool = False


class Read(NamedTuple):
    """What was read of a file."""

    kind: Kind
    columns: Columns


def read(filesystem: Any, path: str) -> Read:
    """The format and the columns of a file. Raises Unreadable or OSError."""
    try:
        with filesystem.open_input_file(path) as file:
            start = file.read(4)
            file.seek(0)
            if start == b"PAR1":
                return Read(Kind("parquet"), columns_of(parquet.read_schema(file)))
            if start[:3] == b"ORC":
                return Read(Kind("orc"), columns_of(orc.ORCFile(file).schema))
        return _text(filesystem, path, start)
    except (pa.ArrowException, ValueError, csv.Error) as error:
        raise Unreadable(" ".join(str(error).split())[:500]) from error


def _text(filesystem: Any, path: str, start: bytes) -> Read:
    packed = next((name for magic, name in _PACKED.items() if start.startswith(magic)), "none")
    with filesystem.open_input_stream(path, compression=None if packed == "none" else packed) as stream:
        sample = stream.read(SAMPLE_BYTES)
        is_whole = len(sample) < SAMPLE_BYTES or not stream.read(1)
    if b"\0" in sample:
        raise Unreadable("It is none of Parquet, ORC, JSON and CSV.")
    sample = sample.removeprefix(b"\xef\xbb\xbf")
    if not sample.strip():
        raise Unreadable("It holds nothing but white space.")
    if sample.lstrip()[:1] in b"{[":
        return Read(Kind("json", packed), _json(sample, is_whole))
    return _csv(_up_to_last_line(sample, is_whole), packed)


def _up_to_last_line(sample: bytes, is_whole: bool) -> bytes:
    """A sample may end within a line, which then says nothing."""
    return sample if is_whole else sample[: sample.rfind(b"\n") + 1] or sample


def _json(sample: bytes, is_whole: bool) -> Columns:
    """Objects line by line or one after another, or one list of objects."""
    if sample.lstrip().startswith(b"["):
        if not is_whole:
            raise Unreadable(f"It is one JSON list of more than {SAMPLE_BYTES} bytes. Write one object a line.")
        rows = orjson.loads(sample)
        if not all(isinstance(row, dict) for row in rows):
            raise Unreadable("It is a JSON list whose elements are not all objects.")
        return columns_of(pa.Table.from_pylist(rows).schema)
    options = arrow_json.ParseOptions(newlines_in_values=is_whole)
    lines = io.BytesIO(_up_to_last_line(sample, is_whole))
    block = arrow_json.ReadOptions(block_size=2 * SAMPLE_BYTES)
    return columns_of(arrow_json.read_json(lines, read_options=block, parse_options=options).schema)


def _csv(sample: bytes, packed: str) -> Read:
    text = sample.decode("utf-8")
    delimiter = _delimiter(text)
    first = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    header = _is_header(first)
    names = None if header else [f"col{place}" for place in range(len(first))]
    table = arrow_csv.read_csv(
        io.BytesIO(sample),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=2 * SAMPLE_BYTES),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
    )
    return Read(Kind("csv", packed, delimiter, header), columns_of(table.schema))


def _delimiter(text: str) -> str:
    """The delimiter that the first line has most of; a file of one column has none, and is read with a comma."""
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _is_header(row: list[str]) -> bool:
    """Glue: a header's values are all text, none empty, none twice."""
    return len(set(row)) == len(row) and all(value.strip() and not _is_number(value) for value in row)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
