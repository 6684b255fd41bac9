"""The real `aws` command, against a daemon."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.corridor.daemons import plain_environment
from tests.corridor.waiting import DEADLINE_SECONDS

_AWS = str(Path(sys.executable).with_name("aws"))
_CLIENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIATEST",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_PAGER": "",
}


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


class AwsCommand:
    """Runs command lines as one types them, with AWS_ENDPOINT_URL_GLUE pointing to the daemon."""

    def __init__(self, url: str, program: str = _AWS) -> None:
        self._program = program
        self._environment = plain_environment() | _CLIENT | {"AWS_ENDPOINT_URL_GLUE": url}

    def run(self, line: str) -> Ended:
        """One command, such as `aws glue list-workflows`, to its end."""
        ended = subprocess.run(
            self._words(line), env=self._environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def answer(self, line: str) -> Any:
        """The JSON that a command prints, which must succeed."""
        ended = self.run(line)
        assert ended.code == 0, ended.stderr
        return json.loads(ended.stdout or "null")

    def begin(self, line: str) -> "subprocess.Popen[str]":
        """A command that goes on until it is killed; what it prints can be read meanwhile."""
        return subprocess.Popen(
            self._words(line),
            env=self._environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _words(self, line: str) -> list[str]:
        words = shlex.split(line)
        assert words[0] == "aws"
        return [self._program, *words[1:]]


def version_2() -> str:
    """The path of an `aws` of version 2, which is no package of Python's. Skips the test where there is none."""
    for folder in os.get_exec_path():
        found = shutil.which("aws", path=folder)
        if found is not None and _is_version_2(found):
            return found
    reason = "no `aws` of version 2 on PATH: install it (Debian: apt-get install awscli) to run this test"
    if os.environ.get("REGLUE_CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _is_version_2(program: str) -> bool:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    return told.stdout.startswith("aws-cli/2")
