"""The real `aws` command, against a daemon."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

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

    def __init__(self, url: str) -> None:
        self._environment = plain_environment() | _CLIENT | {"AWS_ENDPOINT_URL_GLUE": url}

    def run(self, line: str) -> Ended:
        """One command, such as `aws glue list-workflows`, to its end."""
        words = shlex.split(line)
        assert words[0] == "aws"
        ended = subprocess.run(
            [_AWS, *words[1:]], env=self._environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def answer(self, line: str) -> Any:
        """The JSON that a command prints, which must succeed."""
        ended = self.run(line)
        assert ended.code == 0, ended.stderr
        return json.loads(ended.stdout or "null")
