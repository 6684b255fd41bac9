"""What passes between the executor and the process of a crawl, through the attempt's directory.

    crawl.json      the task; written before the process is spawned, the same again should that be repeated
    findings.json   what was found; written whole by the process before it ends

A crawl changes nothing but this directory and adds lines to its crawler's log, so one that never came to its end leaves
nothing else behind.
"""

import hashlib
import os
import re
import sys
from pathlib import Path

import msgspec
from msgspec import structs

from daemon.crawling.findings import FINDINGS_FILE, TASK_FILE, Findings, Task
from daemon.executors.attempt_directory import AttemptDirectory
from daemon.executors.port import Outcome

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")


def prepared(directory: AttemptDirectory, task: Task, log: Path) -> list[str]:
    """Writes the task, with the log that its lines go to, and gives the command line of its process. Raises OSError."""
    log.parent.mkdir(0o750, exist_ok=True)
    crawl_id = Path(directory.path).name
    body = msgspec.json.encode(structs.replace(task, id=crawl_id, log=str(log)))
    Path(f"{directory.path}/{TASK_FILE}").write_bytes(body)
    # -P: a folder named daemon in the working directory is not ours.
    return [sys.executable, "-u", "-P", "-m", "daemon.crawling", os.path.abspath(directory.path)]


def log_file(state_dir: Path, crawler: str) -> Path:
    """Where the lines of all crawls of a crawler go. The digest tells names apart that are cut alike."""
    digest = hashlib.sha256(crawler.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return state_dir / "crawlers" / f"{_NOT_IN_NAMES.sub('_', crawler)[:100]}-{digest}.log"


def outcome(directory: AttemptDirectory, ended_at: int | None) -> Outcome:
    """How a crawl ended whose process ended well: by what it found."""
    try:
        body = Path(f"{directory.path}/{FINDINGS_FILE}").read_bytes()
        findings = msgspec.json.decode(body, type=Findings)
    except (OSError, msgspec.DecodeError) as error:
        return Outcome("FAILED", f"The crawl's findings cannot be read: {error}. Start it again.", 0, ended_at)
    if findings.error:
        return Outcome("FAILED", findings.error, 0, ended_at, findings)
    return Outcome("SUCCEEDED", _unread(findings), 0, ended_at, findings)


def _unread(findings: Findings) -> str | None:
    """What is said of a crawl that came to its end although files could not be read."""
    if not findings.failures:
        return None
    first = findings.failures[0]
    return f"{len(findings.failures)} of {findings.files} files could not be read, such as {first.path}: {first.reason}"
