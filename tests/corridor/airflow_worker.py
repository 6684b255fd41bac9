"""A real Airflow, in the virtual environment that `make airflow` makes, against a daemon."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.corridor.daemons import plain_environment
from tests.house.tree import ROOT

PYTHON = ROOT / ".venv-airflow" / "bin" / "python"
_READY = ROOT / ".venv-airflow" / ".reglue-airflow"
_PROGRAM = Path(__file__).with_name("airflow_program.py")
_ENDS_WITHIN_SECONDS = 10.0


class Ended(NamedTuple):
    """How an operator ended: with an answer, or with an exception, `raised`. `log` is what it logged."""

    answer: Any
    raised: str
    log: str


class AirflowWorker:
    """One process that runs operators one after another. `connection` is Airflow's connection `aws_default`, as JSON;
    a folder is for what Airflow leaves behind. Skips the test where Airflow is missing."""

    def __init__(self, connection: str, folder: Path) -> None:
        if not _READY.is_file():
            _missing()
        ours = {"AIRFLOW_HOME": str(folder / "home"), "AIRFLOW__CORE__LOAD_EXAMPLES": "false", "NO_COLOR": "1"}
        self._log = folder / "airflow.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(PYTHON), str(_PROGRAM)],
                cwd=folder,
                env=plain_environment() | ours | {"AIRFLOW_CONN_AWS_DEFAULT": connection},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def run(self, operator: str, *, kill: bool = False, **arguments: Any) -> Ended:
        """Executes one operator to its end; `kill` does then what Airflow does when it kills the task."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        before = self._log.stat().st_size
        self._process.stdin.write(json.dumps({"operator": operator, "arguments": arguments, "kill": kill}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        with self._log.open("rb") as log:
            log.seek(before)
            logged = log.read().decode("utf-8", "replace")
        assert line, f"Airflow's process ended:\n{logged}"
        ended = json.loads(line)
        return Ended(ended.get("answer"), ended.get("raised", ""), logged)

    def close(self) -> None:
        """Ends the process."""
        try:
            self._process.communicate(timeout=_ENDS_WITHIN_SECONDS)
        finally:
            self._process.kill()


def _missing() -> None:
    reason = "Airflow is not installed: `make airflow` makes .venv-airflow with it"
    if os.environ.get("REGLUE_CI"):
        pytest.fail(reason)
    pytest.skip(reason)
