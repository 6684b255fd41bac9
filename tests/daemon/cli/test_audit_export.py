"""`reglue audit export` and `import` as they are typed: what they write where, and what they refuse."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.state_files import LOG_FILE
from tests.daemon.audit.kept_logs import kept, repaired
from tests.daemon.audit.tampering import change, rows_of
from tests.daemon.cli.conftest import Reglue
from tests.daemon.exports.files import SEALED_EVENTS, sealed_log
from tests.house.tree import ROOT


@pytest.fixture
def state(tmp_path: Path) -> str:
    """A state directory with a sound, sealed log."""
    return str(sealed_log(tmp_path / "state"))


def test_standard_output_holds_the_file_and_nothing_else(state: str, reglue: Reglue, tmp_path: Path) -> None:
    """Without a file the lines go to standard output, and the report to standard error; a file says the same."""
    piped = reglue("audit", "export", "--state-dir", state)
    lines = [json.loads(line) for line in piped.out.splitlines()]
    assert [line.get("position") for line in lines] == [None, *range(1, SEALED_EVENTS + 1), None]
    assert piped.err.startswith("✔ 63 events up to position 63 in standard output\n")
    file = tmp_path / "a.jsonl"
    assert reglue("audit", "export", "--state-dir", state, "-o", str(file)).err == ""
    assert file.read_text() == piped.out
    assert file.stat().st_mode & 0o777 == 0o600


def test_report_of_an_export(state: str, reglue: Reglue, tmp_path: Path) -> None:
    """It says how much is where, and as a document the same."""
    file = tmp_path / "a.parquet"
    done = reglue("audit", "export", "--state-dir", state, "-o", str(file), "--json")
    document = json.loads(done.out)
    assert (document["format"], document["kind"], document["events"], document["last"]) == ("parquet", "log", 63, 63)
    assert (document["file"], document["bytes"]) == (str(file), file.stat().st_size)
    told = reglue("audit", "export", "--state-dir", state, "-o", str(file), "--force").out
    assert told.splitlines()[2] == f"SHA-256 {document['sha256']}"


def test_import_verifies(state: str, reglue: Reglue, tmp_path: Path) -> None:
    """It reports as a verification does, and as a document with the file's header."""
    file, new = tmp_path / "a.jsonl", tmp_path / "new"
    reglue("audit", "export", "--state-dir", state, "-o", str(file))
    done = reglue("audit", "import", str(file), "--state-dir", str(new))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"✔ sound  {new}/log.db\n63 events up to position 63")
    assert rows_of(new / LOG_FILE) == rows_of(Path(state, LOG_FILE))
    document = json.loads(reglue("audit", "import", str(file), "--state-dir", str(tmp_path / "other"), "--json").out)
    assert (document["imported"], document["sound"], document["file"]["last"]) == (True, True, 63)


def test_unsound_log_ends_as_its_verification_would(state: str, reglue: Reglue, tmp_path: Path) -> None:
    """The exit code is that of the first finding; it is said that nothing was imported, and how it could be."""
    file, new = str(tmp_path / "a.jsonl"), str(tmp_path / "new")
    change(Path(state, LOG_FILE), 31)
    reglue("audit", "export", "--state-dir", state, "-o", file)
    done = reglue("audit", "import", file, "--state-dir", new)
    assert (done.code, "--anyway" in done.out, os.path.exists(new)) == (10, True, False)
    assert "CHANGED  position 31  job:J1 version 8" in done.out
    assert reglue("audit", "import", file, "--state-dir", new, "--anyway").code == 10
    assert Path(new, LOG_FILE).exists()


def test_runs_and_workflows_are_chosen(reglue: Reglue, tmp_path: Path) -> None:
    """--run takes any beginning of an id, --workflow all of its runs; what is chosen twice is there once."""
    kept(repaired(), tmp_path)
    runs = list(dict.fromkeys(row[1] for row in rows_of(tmp_path / LOG_FILE) if row[1].startswith("wr_")))
    words = ("audit", "export", "--state-dir", str(tmp_path))
    one = reglue(*words, "--run", runs[-1][:40])
    assert json.loads(one.out.splitlines()[0])["runs"] == 1
    assert "1 run with what is needed to read them; " in one.err
    both = reglue(*words, "--workflow", "W", "--run", runs[0])
    header = json.loads(both.out.splitlines()[0])
    assert (header["kind"], header["runs"]) == ("archive", 3)
    assert {json.loads(line).get("stream") for line in both.out.splitlines()} >= set(runs)
    file, new = str(tmp_path / "a.jsonl"), str(tmp_path / "new")
    elided = json.loads(reglue(*words, "--run", runs[-1], "-o", file, "--json").out)["elided"]
    told = reglue("audit", "import", file, "--state-dir", new).out
    assert f"{elided} other events stand as hashes: this log was read from an archive of some runs\n" in told
    up_to = reglue(*words, "--until", "5")
    assert json.loads(up_to.out.splitlines()[0])["last"] == 5


def test_what_is_refused(state: str, reglue: Reglue, tmp_path: Path) -> None:
    """One line on standard error says what is wrong and what to do; what is there stays."""
    file = tmp_path / "a.jsonl"
    file.write_text("mine")
    export, new = ("audit", "export", "--state-dir", state), ("--state-dir", str(tmp_path / "new"))
    for words, reason in (
        ((*export, "-o", str(file)), "a.jsonl is there already; name another file, or replace it with --force."),
        ((*export, "-o", str(tmp_path)), "is a directory; name a file in it."),
        ((*export, "-o", str(tmp_path / "lost" / "a")), "cannot be written: No such file or directory."),
        ((*export, "--json"), "name a file with -o."),
        ((*export, "--until", "64"), "The newest event of this log is 63: there is no position 64."),
        ((*export, "--until", "5", "--run", "wr_1"), "Give --until, or --run and --workflow"),
        ((*export, "--run", "wr_1"), "The log holds no run wr_1."),
        ((*export, "--workflow", "W"), "The log holds no run of a workflow 'W'."),
        (("audit", "export", *new, "-o", str(tmp_path / "b")), "There is no log at"),
        (("audit", "import", str(file), *new), "a.jsonl: it is no export of reglue's. Give it what"),
        (("audit", "import", str(tmp_path / "lost"), *new), "lost: No such file or directory. Nothing was imported."),
        (("audit", "import", str(file)), "Missing option '--state-dir'"),
    ):
        done = reglue(*words)
        assert (done.code, done.out) == (2, ""), words
        assert reason in done.err
    assert file.read_text() == "mine"
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "b").exists()


def test_terminal_is_spared(state: str) -> None:
    """A log is not poured out on a terminal."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "daemon", "audit", "export", "--state-dir", state]
    done = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, "Name a file with -o, or pipe the output" in done.stderr) == (2, True)


def test_pyarrow_is_named_where_it_is_missing(state: str, tmp_path: Path) -> None:
    """Without pyarrow JSON Lines work, and Parquet and .zst say which extra brings it; nothing is left."""
    program = "import sys; sys.modules['pyarrow'] = None; from daemon.cli.app import run; sys.exit(run(sys.argv[1:]))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def export(file: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", program, "audit", "export", "--state-dir", state, "-o", file]
        return subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)

    assert export("a.jsonl.gz").returncode == 0
    for file in ("a.parquet", "a.jsonl.zst"):
        done = export(file)
        assert (done.returncode, "pip install 'reglue[parquet]'" in done.stderr) == (2, True), done.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.jsonl.gz", "state"]
