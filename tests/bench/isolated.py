"""Runs each measure in a fresh process and folder, within a limit of time; what fails says why and harms no other."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.bench.figures import TARGETS, Figure

ROOT = Path(__file__).parents[2]
SCRATCH = ROOT / ".reglue"
FULL_SECONDS = 90
QUICK_SECONDS = 75


def measured(name: str, quick: bool) -> Iterator[Figure]:
    """The figures of one measure; those that it did not come to have no value, and a note that says why."""
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=SCRATCH) as folder:
        printed, fault = _output(name, Path(folder), quick)
    found = {figure.key: figure for figure in (msgspec.json.decode(line, type=Figure) for line in printed)}
    for key, target in TARGETS.items():
        if target.measure == name:
            yield found.get(key) or Figure(key, None, note=fault or "the measure gave no such figure")


def _output(name: str, folder: Path, quick: bool) -> tuple[list[bytes], str]:
    """The lines that the measure printed, and why it failed if it did."""
    command = [sys.executable, "-m", "tests.bench.child", name, str(folder), "quick" if quick else "full"]
    limit = QUICK_SECONDS if quick else FULL_SECONDS
    # A group of its own, so that the daemons it started end with it.
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, err = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return child.communicate()[0].splitlines(), f"took longer than {limit} s"
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    lines = err.decode(errors="replace").strip().splitlines()
    return out.splitlines(), "" if child.returncode == 0 else lines[-1] if lines else f"exit code {child.returncode}"
