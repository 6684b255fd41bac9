"""`reglue audit verify` in a process of its own: what it says, its exit codes, and that it leaves no trace."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.seals import document
from tests.daemon.audit import tampering
from tests.daemon.audit.tampering import rechain, reseal, seals_of, written


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a sound, sealed log and nothing else."""
    folder = tmp_path / "state"
    folder.mkdir()
    written(folder / "log.db")
    return folder


def verified(state: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    words = [sys.executable, "-m", "daemon", "audit", "verify", "--state-dir", state, *options]
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)


def saved_seal(state: Path, folder: Path) -> Path:
    """The newest seal, kept elsewhere."""
    file = folder / "seal.json"
    file.write_bytes(msgspec.json.encode(document(seals_of(state / "log.db")[-1])))
    return file


def test_sound_log(state: Path, tmp_path: Path) -> None:
    """It says what was verified and what rests on what, ends with 0, and leaves the folder as it was."""
    before = (state / "log.db").read_bytes()
    done = verified(state, "--seal", saved_seal(state, tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "sound" in done.stdout
    assert "63 events up to position 63" in done.stdout
    assert "saved seals prove the events up to position 60" in done.stdout
    assert [file.name for file in state.iterdir()] == ["log.db"]
    assert (state / "log.db").read_bytes() == before


def test_findings_are_named_and_coded(state: Path) -> None:
    """Each kind of finding has its exit code; the text names position, stream and version, what is wrong and why."""
    tampering.change(state / "log.db", 31)
    done = verified(state)
    assert done.returncode == 10
    assert "CHANGED  position 31  job:J1 version 8" in done.stdout
    assert "does not fit its chain" in done.stdout
    assert "not sound: 2 findings" in done.stdout
    rechain(state / "log.db")
    assert verified(state).returncode == 14


def test_document(state: Path, tmp_path: Path) -> None:
    """With --json it is one document, the findings in it as in the text."""
    saved = saved_seal(state, tmp_path)
    sound: dict[str, Any] = json.loads(verified(state, "--json").stdout)
    assert (sound["sound"], sound["events"], sound["seals"], sound["findings"]) == (True, 63, 3, [])
    assert (sound["saved_to"], sound["signed_to"]) == (None, None)
    tampering.remove(state / "log.db", 63)
    removed = verified(state, "--json", "--seal", saved)
    assert removed.returncode == 11
    assert json.loads(removed.stdout)["findings"][0]["position"] == 63
    reseal(state / "log.db")
    assert verified(state).returncode == 0
    tampering.change(state / "log.db", 3)
    reseal(state / "log.db")
    assert verified(state, "--seal", saved).returncode == 15


def test_what_cannot_be_verified_is_refused(state: Path, tmp_path: Path) -> None:
    """A folder without a log, a file that is no seal and one that is no key end with 2 and one line that says why."""
    other = tmp_path / "other"
    other.mkdir()
    for words, reason in (
        ((other,), "There is no log at"),
        ((state, "--seal", other / "lost.json"), "lost.json: cannot be read (No such file or directory)"),
        ((state, "--seal", state / "log.db"), "log.db: it is not the JSON of a seal"),
        ((state, "--public-key", state / "log.db"), "log.db: it holds no public key in PEM"),
    ):
        done = verified(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert reason in done.stderr
    assert list(other.iterdir()) == []
