"""The benchmarks' command runs: nothing else would notice before someone needs its figures."""

import json
import subprocess
import sys
from pathlib import Path

from daemon.audit.verification import Evidence, verify
from daemon.engine import LOG_FILE
from tests.bench.long_log import RUNS_OF_A_CYCLE, grow
from tests.house.tree import ROOT


def test_bench_measures_a_chain() -> None:
    """The cheapest measure gives a value, its floor and a verdict."""
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", "--only", "chain"]
    finished = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (figure,) = json.loads(finished.stdout)["figures"]
    assert figure["key"] == "chain"
    assert figure["value"] > 0
    assert figure["floor"] > 0
    assert figure["verdict"]


def test_long_log_is_as_a_daemon_would_have_written_it(tmp_path: Path) -> None:
    """A log that is made in two sittings has the runs that were asked for, and is sound under its seals."""
    assert grow(tmp_path, 15 * RUNS_OF_A_CYCLE) == 15 * RUNS_OF_A_CYCLE
    assert grow(tmp_path, 30 * RUNS_OF_A_CYCLE) == 30 * RUNS_OF_A_CYCLE
    assert grow(tmp_path, RUNS_OF_A_CYCLE) == 30 * RUNS_OF_A_CYCLE
    report = verify(tmp_path / LOG_FILE, Evidence())
    assert report.is_sound, report.findings
    assert report.unchained == 0
    assert report.seals == report.events // 10_000 == 1
