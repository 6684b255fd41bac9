"""What one file is and which columns it has: Parquet and ORC by their footers, CSV and JSON by their beginning.

The format is told by the content, not by the name. Of text files the first megabyte is read, packed ones (gzip,
bzip2, zstd, lz4) included; of one JSON document that is longer, as much as it takes up to `LONGEST_DOCUMENT`.
"""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import json as arrow_json
from pyarrow import orc, parquet

from daemon.crawling.hive_types import Columns, columns_of

SAMPLE_BYTES = 1 << 20
LONGEST_DOCUMENT = 1 << 26
_DELIMITERS = ",;|\t"
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}


class Unreadable(Exception):
    """A file that is none of the formats, or a damaged one; the text says why."""


class Kind(NamedTuple):
    """What the files of one table share: the format, how they are packed, and for CSV delimiter and header lines; from
    a classifier also the quote symbol and Glue's name of the Hive class that is to read them."""

    format: str
    packed: str = "none"
    delimiter: str = ""
    header: bool = False
    quote: str = ""
    serde: str = ""


class Read(NamedTuple):
    """What was read of a file."""

    kind: Kind
    columns: Columns


class CsvShape(NamedTuple):
    """How to read CSV: the columns' names, and whether the first line, which holds them, is passed over."""

    delimiter: str
    quote: str
    names: tuple[str, ...]
    skips_first: bool


class Sample(NamedTuple):
    """The beginning of a text file, or all of it, unpacked; `more` reads on up to so many bytes."""

    data: bytes
    packed: str
    is_whole: bool
    more: Callable[[int], bytes]

    def lines(self) -> bytes:
        """The whole lines: a sample may end within one, which then says nothing."""
        return self.data if self.is_whole else self.data[: self.data.rfind(b"\n") + 1] or self.data

    def whole(self) -> "Sample":
        """All of the file, if it is one JSON document over lines; else the sample as it is."""
        if self.is_whole or _is_json(self.data.lstrip().partition(b"\n")[0]):
            return self
        data = self.more(LONGEST_DOCUMENT)
        if len(data) == LONGEST_DOCUMENT:
            raise Unreadable(f"It is one JSON document of more than {LONGEST_DOCUMENT} bytes. Write one object a line.")
        return Sample(data, self.packed, True, self.more)


Rule = Callable[[Sample], Read | None]


def read(filesystem: Any, path: str, rules: Sequence[Rule] = ()) -> Read:
    """The format and the columns of a file; of text, by the first rule that takes it. Raises Unreadable or OSError."""
    try:
        with filesystem.open_input_file(path) as file:
            start = file.read(4)
            file.seek(0)
            if start == b"PAR1":
                return Read(Kind("parquet"), columns_of(parquet.read_schema(file)))
            if start[:3] == b"ORC":
                return Read(Kind("orc"), columns_of(orc.ORCFile(file).schema))
        sample = _sample(filesystem, path, start)
        return next((found for rule in rules if (found := rule(sample))), None) or _text(sample)
    except UnicodeDecodeError as error:
        raise Unreadable(f"It is none of Parquet, ORC and JSON, and no text in UTF-8: {error}.") from error
    except (pa.ArrowException, ValueError, csv.Error) as error:
        raise Unreadable(" ".join(str(error).split())[:500]) from error


def _sample(filesystem: Any, path: str, start: bytes) -> Sample:
    packed = next((name for magic, name in _PACKED.items() if start.startswith(magic)), "none")

    def beginning(most: int) -> bytes:
        with filesystem.open_input_stream(path, compression=None if packed == "none" else packed) as stream:
            found: bytes = stream.read(most)
            return found

    data = beginning(SAMPLE_BYTES + 1)
    is_whole = len(data) <= SAMPLE_BYTES
    data = data[:SAMPLE_BYTES].removeprefix(b"\xef\xbb\xbf")
    if b"\0" in data:
        raise Unreadable("It is none of Parquet, ORC, JSON and CSV.")
    if not data.strip():
        raise Unreadable("It holds nothing but white space.")
    return Sample(data, packed, is_whole, beginning)


def _text(sample: Sample) -> Read:
    if sample.data.lstrip()[:1] in (b"{", b"["):
        return Read(Kind("json", sample.packed), _json(sample.whole()))
    return _csv(sample)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _json(sample: Sample) -> Columns:
    """Objects line by line or one after another, or one list of objects."""
    if sample.data.lstrip().startswith(b"[") and sample.is_whole:
        rows = orjson.loads(sample.data)
        if not rows:
            raise Unreadable("It is an empty JSON list.")
        if not all(isinstance(row, dict) for row in rows):
            raise Unreadable("It is a JSON list whose elements are not all objects.")
        return columns_of_rows(rows)
    options = arrow_json.ParseOptions(newlines_in_values=sample.is_whole)
    lines = sample.lines()
    block = arrow_json.ReadOptions(block_size=len(lines) + 1)
    return columns_of(arrow_json.read_json(io.BytesIO(lines), read_options=block, parse_options=options).schema)


def columns_of_rows(rows: list[dict[str, Any]]) -> Columns:
    """The columns of objects, each of which may lack some."""
    lines = b"\n".join(map(orjson.dumps, rows))
    block = arrow_json.ReadOptions(block_size=len(lines) + 1)
    return columns_of(arrow_json.read_json(io.BytesIO(lines), read_options=block).schema)


def _csv(sample: Sample) -> Read:
    text = sample.lines().decode("utf-8")
    delimiter = _delimiter(text)
    first = next(row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row)
    if len(first) < 2:
        raise Unreadable(
            "It is text of one column, which is CSV only by a classifier with AllowSingleColumn; and it is no JSON."
        )
    has_header = is_header(first)
    names = first if has_header else [f"col{place}" for place in range(len(first))]
    columns = csv_columns(sample.lines(), CsvShape(delimiter, '"', tuple(names), has_header))
    return Read(Kind("csv", sample.packed, delimiter, has_header), columns)


def csv_columns(data: bytes, shape: CsvShape) -> Columns:
    """The columns of CSV and the types of their values."""
    table = arrow_csv.read_csv(
        io.BytesIO(data.lstrip(b"\r\n")),
        read_options=arrow_csv.ReadOptions(
            column_names=[name.strip() for name in shape.names],
            skip_rows_after_names=int(shape.skips_first),
            block_size=len(data) + 1,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=shape.delimiter, quote_char=shape.quote or False, newlines_in_values=True
        ),
    )
    return columns_of(table.schema)


def _delimiter(text: str) -> str:
    """The delimiter that the first line has most of."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def is_header(row: list[str]) -> bool:
    """Glue: a header's values are all text, none empty, none twice."""
    return len(set(row)) == len(row) and all(value.strip() and not _is_number(value) for value in row)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
