"""`reglue audit verify --archive` on files that are damaged, and on what is no archive."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from daemon.cli.failures import FINDINGS
from daemon.retention.archiving import Options
from tests.daemon.cli.conftest import Ended, Reglue
from tests.daemon.exports.test_damage import Lines, replaced, rewritten, swapped
from tests.daemon.retention.test_offline import archived, kept, story

CHANGED, REMOVED, INSERTED, REORDERED, UNSEALED = 10, 11, 12, 13, 14


@pytest.fixture
def verified(tmp_path: Path, reglue: Reglue) -> Callable[..., Ended]:
    """Moves two runs of a log into a file of some name, has the file damaged, and verifies log and file."""
    (tmp_path / "state").mkdir()

    def verify(name: str, damage: Callable[[Path], object], *words: str) -> Ended:
        file = tmp_path / name
        archived(kept(story(), tmp_path / "state"), story(), Options(to=file))
        damage(file)
        return reglue("audit", "verify", "--state-dir", str(tmp_path / "state"), "--archive", str(file), *words)

    return verify


def by_lines(damage: Callable[[Lines], Lines]) -> Callable[[Path], object]:
    """The damage of a file of lines."""
    return lambda file: file.write_bytes(b"".join(damage(file.read_bytes().splitlines(keepends=True))))


def fitting(lines: Lines) -> Lines:
    """The lines with an end that is right about them, as somebody makes it who knows how."""
    end = json.loads(lines[-1])
    end["end"]["events"] = sum(b'"payload"' in line for line in lines)
    end["end"]["sha256"] = hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    return [*lines[:-1], json.dumps(end, separators=(",", ":")).encode() + b"\n"]


BY_LINES: list[Any] = [
    pytest.param(
        lambda lines: replaced(lines, 11, b"SUCCEEDED", b"FAILED"),
        CHANGED,
        "line 11, position 12",
        id="a changed event",
    ),
    pytest.param(
        lambda lines: fitting(replaced(lines, 11, b"SUCCEEDED", b"FAILED")),
        CHANGED,
        "line 11, position 12",
        id="a changed event and an end that fits",
    ),
    pytest.param(lambda lines: [*lines[:10], *lines[11:]], REMOVED, "line 11, position 12", id="a line less"),
    pytest.param(
        lambda lines: fitting([*lines[:10], *lines[11:]]), REMOVED, "line 11, position 12", id="a line less that fits"
    ),
    pytest.param(lambda lines: [*lines[:5], *lines[6:]], REMOVED, "line 6, position 5", id="hashes less"),
    pytest.param(lambda lines: lines[:12], REMOVED, "\n    It was cut off after line 12", id="cut between lines"),
    pytest.param(lambda lines: [*lines[:12], lines[12][:40]], REMOVED, "line 13\n", id="cut within a line"),
    pytest.param(lambda lines: [lines[0][:30]], REMOVED, "\n    It is cut off in its header.", id="cut in the header"),
    pytest.param(lambda lines: [], REMOVED, "\n    It is empty.", id="nothing left"),
    pytest.param(lambda lines: swapped(lines, 11), REORDERED, "line 12\n    Position 12 comes after", id="two swapped"),
    pytest.param(lambda lines: [*lines[:11], *lines[10:]], INSERTED, "line 12\n    The event at", id="a line twice"),
    pytest.param(lambda lines: [*lines, lines[10]], INSERTED, "line 26\n    More comes after", id="a line too many"),
    pytest.param(
        lambda lines: replaced(lines, 11, b'"payload":', b'"payload'), CHANGED, "line 11\n    It cannot", id="no JSON"
    ),
    pytest.param(
        lambda lines: replaced(lines, 11, b'"version":4', b'"version":3'), CHANGED, "line 11\n    Its s", id="a version"
    ),
    pytest.param(
        lambda lines: replaced(lines, 6, b'"nodes":\\[\\[2,"....', b'"nodes":[[2,"0000'),
        UNSEALED,
        "",
        id="a changed hash",
    ),
    pytest.param(
        lambda lines: fitting(replaced(lines, 24, b'"payload":.*}', b'"payload":{}}')),
        CHANGED,
        "line 24, position 30",
        id="a seal of nothing",
    ),
    pytest.param(
        lambda lines: replaced(lines, 25, b'"events":21', b'"events":22'), CHANGED, "line 25\n    It says", id="the end"
    ),
    pytest.param(lambda lines: replaced(lines, 1, b'"runs":2', b'"runs":3'), CHANGED, "\n    It was", id="the header"),
    pytest.param(
        lambda lines: replaced(lines, 1, b'"last":30', b'"last":"x"'), CHANGED, "\n    Its header", id="a bad header"
    ),
]


@pytest.mark.parametrize(("damage", "code", "told"), BY_LINES)
def test_damage_is_a_finding(
    verified: Callable[..., Ended], damage: Callable[[Lines], Lines], code: int, told: str
) -> None:
    """Whatever was done to a file of ours, it is reported with file and place, its kind is the exit code, and the log
    is verified all the same."""
    done = verified("runs.jsonl", by_lines(damage))
    assert (done.code, done.err) == (code, "")
    head, _, rest = done.out.partition("runs.jsonl")
    assert FINDINGS[head.split()[0].lower()] == code
    assert rest.removeprefix(", ").startswith(told)
    assert "runs.jsonl is not the file that 2 runs of this log were moved into" in done.out
    assert "the log itself is sound: what was found is in the archives" in done.out


def test_damaged_event_is_named(verified: Callable[..., Ended]) -> None:
    """The document of a finding names file and line beside position, stream and version, and what it means."""
    done = verified("runs.jsonl", by_lines(lambda lines: replaced(lines, 11, b"SUCCEEDED", b"FAILED")), "--json")
    document = json.loads(done.out)
    first = document["findings"][0]
    assert (done.code, document["sound"], document["archives"]) == (CHANGED, False, [])
    assert first["file"].endswith("/runs.jsonl")
    assert (first["kind"], first["place"], first["position"], first["version"]) == ("changed", "line 11", 12, 4)
    assert first["stream"].startswith("wr_")
    assert first["means"] == "It was changed after it was written, or put in by hand."
    assert document["findings"][-1]["place"] is None


def without_a_row(rows: list[dict[str, Any]]) -> None:
    """Takes out a row."""
    del rows[9]


@pytest.mark.parametrize(
    ("name", "damage", "code", "told"),
    [
        ("runs.jsonl.gz", lambda file: file.write_bytes(file.read_bytes()[:-200]), REMOVED, "It is cut off or damaged"),
        ("runs.jsonl.zst", lambda file: file.write_bytes(file.read_bytes()[:-200]), None, "runs.jsonl.zst"),
        ("runs.parquet", lambda file: file.write_bytes(file.read_bytes()[:-50]), CHANGED, "It is cut off or damaged"),
        ("runs.parquet", lambda file: rewritten(file, without_a_row), REMOVED, "row 10, position 12"),
        ("runs.parquet", lambda file: rewritten(file, lambda rows: rows[9].update(by="x")), CHANGED, "row 10"),
    ],
)
def test_damage_of_other_formats(
    verified: Callable[..., Ended], name: str, damage: Callable[[Path], object], code: int | None, told: str
) -> None:
    """Compressed files and Parquet likewise, which has rows."""
    done = verified(name, damage)
    assert done.code in FINDINGS.values() if code is None else done.code == code, done
    assert told in done.out


def test_renamed_file_is_known_by_its_content(verified: Callable[..., Ended], tmp_path: Path) -> None:
    """A file that no run names by its name, and that is damaged, is found to be damaged, and no more is said of it."""

    def under_another_name(file: Path) -> None:
        file.with_name("mine.jsonl").write_bytes(file.read_bytes()[:3_000])

    done = verified("runs.jsonl", under_another_name, "--archive", str(tmp_path / "mine.jsonl"))
    assert done.code == REMOVED
    assert "REMOVED" in done.out
    assert "mine.jsonl, line 1" in done.out
    assert "not sound: 1 finding " in done.out
    assert "runs.jsonl holds 15 of its events, of 2 runs" in done.out


def put_folder(file: Path) -> None:
    """Puts a folder in a file's place."""
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda file: file.write_bytes(gzip.compress(b"{}\n{}\n")), "it is no export of reglue's"),
        (lambda file: file.write_bytes(b"PK\3\4" + bytes(100_000)), "it is no export of reglue's"),
        (by_lines(lambda lines: lines[1:]), "it is no export of reglue's"),
        (by_lines(lambda lines: replaced(lines, 1, b"log/1", b"log/2")), "its format is 'reglue.log/2'"),
        (lambda file: parquet.write_table(pa.table({"position": [1]}), file), "it is no export of reglue's"),
        (lambda file: file.unlink(), "No such file or directory. Nothing was verified; check the path"),
        (put_folder, "Is a directory. Nothing was verified; check the path"),
    ],
)
def test_what_is_no_archive_is_bad_input(
    verified: Callable[..., Ended], damage: Callable[[Path], object], told: str
) -> None:
    """What is no file of ours, or of a format of later, or cannot be opened, is refused in one line."""
    done = verified("runs.jsonl", damage)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert told in done.err
    assert "runs.jsonl: " in done.err
