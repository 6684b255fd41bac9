"""The rows of the views at a daemon's start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.long_log import RUNS_OF_A_CYCLE, grow

PROGRAM = """
import sys
from pathlib import Path
from daemon import rows
from daemon.engine import LOG_FILE, VIEWS_FILE
from daemon.logs import configure
from daemon.settings import Settings
from events.ledger import Ledger

state, rows.FELT = Path(sys.argv[1]), int(sys.argv[2])
configure(Settings(state_dir=state))
made = rows.Rows(state / VIEWS_FILE, Ledger(state / LOG_FILE))
made.open()
made.close()
"""


@pytest.mark.parametrize("is_long", [True, False])
def test_a_start_that_takes_long_says_why(tmp_path: Path, is_long: bool) -> None:
    """A start that must read many events first says so, and how many; one that need not says nothing."""
    grow(tmp_path, RUNS_OF_A_CYCLE)
    (tmp_path / "views.db").unlink()
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "100" if is_long else "1000"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()
    said = [json.loads(line) for line in lines]
    assert [line["event"] for line in said] == (["views_catching_up"] if is_long else [])
    assert all(line["events"] > 400 for line in said)
