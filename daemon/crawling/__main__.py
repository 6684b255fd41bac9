"""The process of one crawl: `python -m daemon.crawling DIRECTORY` reads the task there and leaves the findings there.

The findings are written whole or not at all, so whoever finds the file can trust it. The exit code is 0 also for a
crawl that failed: why it did is in the findings.
"""

import os
import sys
from pathlib import Path

import msgspec

from daemon.crawling.findings import FINDINGS_FILE, TASK_FILE, Findings, Task

try:
    from daemon.crawling.crawl import crawl
except ImportError as error:
    if not (error.name or "").startswith("pyarrow"):
        raise
    crawl = None  # type: ignore[assignment]  # said in the findings

NO_PYARROW = (
    "Crawling needs pyarrow, which is not installed: install reglue with its extra, pip install 'reglue[crawl]', and "
    "start the crawler again."
)


def main(directory: Path) -> None:
    """Carries out the task in the attempt's directory."""
    task = msgspec.json.decode((directory / TASK_FILE).read_bytes(), type=Task)
    findings = Findings(error=NO_PYARROW) if crawl is None else crawl(task)
    if findings.error:
        print(findings.error, file=sys.stderr)
    _write(directory / FINDINGS_FILE, msgspec.json.encode(findings))


def _write(path: Path, body: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(body)
    os.replace(partial, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    # pyarrow's threads for S3 now and then abort a process that ends in the ordinary way ("terminate called without an
    # active exception"). All that a crawl leaves is written by now.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
