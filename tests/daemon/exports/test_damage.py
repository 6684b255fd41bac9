"""Files that are not what was written: each is named with its line or row, the reason and the way out, and leaves
nothing behind."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from daemon.exports.content import UnusableFile
from tests.daemon.exports.files import exported, imported, sealed_log

Lines = list[bytes]
WAY_OUT = "Take another copy of the file, or export the log again."


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a sound, sealed log."""
    return sealed_log(tmp_path / "state")


def refused(file: Path) -> str:
    """What an import of the file says without the file's name; nothing is left of what it did."""
    new = file.parent / "new"
    with pytest.raises(UnusableFile) as raised:
        imported(file, new)
    assert not new.exists()
    assert str(raised.value).startswith(str(file))
    return str(raised.value).removeprefix(str(file))


def replaced(lines: Lines, number: int, pattern: bytes, by: bytes) -> Lines:
    """The lines with something in the line of a number put in the place of something else."""
    changed = re.sub(pattern, by, lines[number - 1], count=1)
    assert changed != lines[number - 1]
    return [*lines[: number - 1], changed, *lines[number:]]


def swapped(lines: Lines, number: int) -> Lines:
    """The lines with the line of a number and the next in each other's place."""
    return [*lines[: number - 1], lines[number], lines[number - 1], *lines[number + 1 :]]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda lines: lines[:40], ": it was cut off after line 40: its end is missing"),
        (lambda lines: [*lines[:40], lines[40][:50]], ", line 41: it is cut off"),
        (lambda lines: [], ": it is empty"),
        (lambda lines: lines[1:], ": it is no export of reglue's"),
        (lambda lines: [b"PK\3\4" + bytes(100_000)], ": it is no export of reglue's"),
        (lambda lines: swapped(lines, 7), ", line 8: position 6 comes after position 7"),
        (lambda lines: [*lines[:9], lines[8], *lines[9:]], ", line 10: the event at position 8 comes a second time"),
        (lambda lines: [*lines, lines[9]], ", line 66: more comes after the end"),
        (lambda lines: [*lines[:9], lines[-1], *lines[9:]], ", line 11: more comes after the end"),
        (lambda lines: [*lines[:9], b"\n", *lines[9:]], ", line 10: it cannot be read (Input data was truncated)"),
        (lambda lines: [*lines[:9], *lines[10:]], ", line 64: it says that there are 63 events, and 62 are there"),
        (lambda lines: replaced(lines, 7, b'"chain"', b'"chains"'), ", line 7: it cannot be read (Object contains"),
        (
            lambda lines: replaced(lines, 7, b'"payload":', b'"payload_base64":"*","payload":'),
            ", line 7: it is no event",
        ),
        (
            lambda lines: replaced(lines, 7, b'"stream":"[^"]*",', b""),
            ", line 7: it is no event (it lacks stream or type)",
        ),
        (lambda lines: replaced(lines, 7, b'"chain":".', b'"chain":"x'), ", line 7: it is no event (non-hex"),
        (lambda lines: replaced(lines, 7, b'"version":2', b'"version":1'), ", line 7: its stream has an event of this"),
        (lambda lines: replaced(lines, 7, b'"position":6', b'"position":600'), ", line 7: position 600 is beyond"),
        (lambda lines: replaced(lines, 7, b'"at":5', b'"at":9'), ", line 7: it was changed after it was written; at p"),
        (lambda lines: replaced(lines, 7, b'"chain":"..', b'"chain":"00'), ", line 7: it was changed after it was wr"),
        (lambda lines: replaced(lines, 65, b'"sha256":"....', b'"sha256":"0000'), ": it was changed after it was wr"),
        (
            lambda lines: replaced(lines, 65, b'"events":63', b'"events":64'),
            ", line 65: it says that there are 64 event",
        ),
        (lambda lines: replaced(lines, 1, b'"given":63', b'"given":64'), ": it was changed after it was written"),
        (lambda lines: replaced(lines, 1, b'"last":63', b'"last":"x"'), ": its header cannot be read (Expected `int`"),
        (
            lambda lines: replaced(lines, 1, b"log/1", b"log/2"),
            ": its format is 'reglue.log/2', this version of reglue",
        ),
    ],
)
def test_damaged_lines(state: Path, tmp_path: Path, damage: Callable[[Lines], Lines], reason: str) -> None:
    """Lines that were cut, changed, swapped, doubled or left out, and files that are none of ours."""
    file = tmp_path / "a.jsonl"
    exported(state, file)
    file.write_bytes(b"".join(damage(file.read_bytes().splitlines(keepends=True))))
    told = refused(file)
    assert told.startswith(reason)
    assert re.search(r"\. (Take|Give|Read) [^.]*\.$|`\.$", told), "the way out"


def test_damaged_line_is_told_with_its_event(state: Path, tmp_path: Path) -> None:
    """A changed event is named with position, stream and version as well."""
    file = tmp_path / "a.jsonl"
    exported(state, file)
    file.write_bytes(file.read_bytes().replace(b'"Timeout":5}', b'"Timeout":6}'))
    assert refused(file) == (
        ", line 7: it was changed after it was written; at position 6 (job:J1 version 2): The event does not fit its "
        f"chain. {WAY_OUT}"
    )


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_damaged_compression(state: Path, tmp_path: Path, ending: str) -> None:
    """A compressed file that was cut off, or changed, is told to be so."""
    file = tmp_path / f"a.jsonl{ending}"
    exported(state, file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    assert refused(file).startswith(": it is cut off or damaged (")
    file.write_bytes(content[:500] + bytes(40) + content[540:])
    refused(file)


def test_compressed_foreign_file(tmp_path: Path) -> None:
    """What else is compressed is no export."""
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b"{}\n{}\n"))
    assert refused(file).startswith(": it is no export of reglue's. Give it what `reglue audit export`")


def rewritten(file: Path, change: Callable[[list[dict[str, Any]]], None], **metadata: str) -> None:
    """A Parquet file with other rows or other metadata."""
    known = parquet.read_metadata(file).metadata
    table = parquet.read_table(file)
    rows = table.to_pylist()
    change(rows)
    said = {"reglue.header": known[b"reglue.header"].decode(), "reglue.end": known[b"reglue.end"].decode()} | metadata
    parquet.write_table(pa.Table.from_pylist(rows, table.schema.remove_metadata()).replace_schema_metadata(said), file)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: rows.insert(5, rows[5]), ", row 7: the event at position 6 comes a second time"),
        (lambda rows: rows.insert(4, rows.pop(5)), ", row 6: position 5 comes after position 6"),
        (lambda rows: rows.pop(5), ": it says that there are 63 events, and 62 are there"),
        (
            lambda rows: rows[5].update(by="x"),
            ", row 6: `at` and `by` are not those of the payload. Import the file as",
        ),
        (lambda rows: rows[5].update(payload=None), ", row 6: it is no event (it lacks a payload)"),
        (lambda rows: rows[5].update(stream=None), ", row 6: it is no event (it lacks stream, version or type)"),
        (lambda rows: rows[5].update(version=70), ", row 6: it was changed after it was written; at position 6"),
        (lambda rows: rows[5].update(nodes=b""), ", row 6: it is neither an event nor a range of hashes"),
    ],
)
def test_damaged_rows(state: Path, tmp_path: Path, change: Callable[[list[dict[str, Any]]], None], reason: str) -> None:
    """Rows that were changed, swapped, doubled or left out."""
    file = tmp_path / "a.parquet"
    exported(state, file)
    rewritten(file, change)
    assert refused(file).startswith(reason)


def test_damaged_parquet(state: Path, tmp_path: Path) -> None:
    """A file that was cut off, or had a byte changed, or is not one of ours."""
    file = tmp_path / "a.parquet"
    exported(state, file)
    content = file.read_bytes()
    for damaged in (content[:-50], content[:3000] + b"\xff" + content[3001:]):
        file.write_bytes(damaged)
        assert refused(file).startswith(": it is cut off or damaged (")
    parquet.write_table(pa.table({"position": [1]}), file)
    assert refused(file).startswith(": it is no export of reglue's")


def test_damaged_metadata(state: Path, tmp_path: Path) -> None:
    """A header of a newer format, other columns, and an end that says something else."""
    file = tmp_path / "a.parquet"
    exported(state, file)
    content = file.read_bytes()
    header = json.loads(parquet.read_metadata(file).metadata[b"reglue.header"])
    rewritten(file, lambda rows: None, **{"reglue.header": json.dumps(header | {"format": "reglue.log/2"})})
    assert refused(file).startswith(": its format is 'reglue.log/2'")
    file.write_bytes(content)
    rewritten(file, lambda rows: None, **{"reglue.end": '{"events": 63, "elided": 0, "sha256": ""}'})
    assert refused(file).startswith(": it was changed after it was written")
    file.write_bytes(content)
    rewritten(file, lambda rows: None, **{"reglue.end": "{}"})
    assert refused(file).startswith(": the end in its metadata cannot be read")
