"""Real scripts for the tests, and launches of them."""

import os
from pathlib import Path

from daemon.executors.port import Launch
from tests.daemon.executors.waiting import NamedPipe


def job_run_id() -> str:
    """An id of Glue's form."""
    return "jr_" + os.urandom(32).hex()


def launch_of(
    script: Path | str,
    arguments: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
    command: str = "shell",
) -> Launch:
    """A launch of a script as a first attempt in a workflow run."""
    return Launch(
        job_run_id(), "wr_1", "W1", "J1", command, str(script), arguments=arguments or {}, environment=environment or {}
    )


class Scripts:
    """Writes scripts and named pipes into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def shell(self, *lines: str, name: str = "job.sh", mode: int = 0o755) -> Path:
        """An executable script for /bin/sh."""
        return self._write(name, "#!/bin/sh\n" + "\n".join(lines) + "\n", mode)

    def python(self, *lines: str, name: str = "job.py") -> Path:
        """A Python script, not executable."""
        return self._write(name, "\n".join(lines) + "\n", 0o644)

    def pipe(self, name: str) -> NamedPipe:
        """A named pipe for lines from a job or to it."""
        return NamedPipe(self.folder / name)

    def _write(self, name: str, text: str, mode: int) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path
