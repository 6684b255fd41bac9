"""Waiting for a run's end, also across a restart of the daemon."""

import subprocess
import sys

from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.conftest import Answers

PATH = f"/v1/runs/{sample.FIRST}"


def test_wait_outlives_a_restart_of_the_daemon(answers: Answers) -> None:
    """While the daemon is away the wait goes on and says so; when it is back, the run's end is told."""
    running = sample.partly_failed() | {"completed_at": None, "status": "RUNNING", "outcome": "RUNNING"}
    answers.lay_down("StartWorkflowRun", {"RunId": sample.FIRST})
    answers.lay_down(PATH, running)
    command = [sys.executable, "-m", "daemon", "start", "W1", "--wait", "--endpoint", answers.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == f"{sample.FIRST}\n"
        answers.close()
        assert "Waiting for it up to 60 s" in process.stderr.readline()
        back = Answers(answers.port)
        back.lay_down(PATH, sample.resumed())
        assert "SUCCEEDED" in process.communicate()[0]
        back.close()
    assert process.returncode == 0
