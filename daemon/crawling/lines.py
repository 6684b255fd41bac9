"""A crawl's part of its crawler's log: lines in Glue's style, with the crawl's id before each.

All crawls of a crawler write to one file, which the daemon shows as a stream of CloudWatch Logs; one line is one write,
so lines of the daemon's own fall between them, never into them. They go to the crawl's standard output too.
"""

import os


class CrawlLines:
    """Writes to the file, if there is one; one that cannot be written is let go, the crawl goes on."""

    def __init__(self, crawl_id: str, path: str) -> None:
        self._id = crawl_id
        self._file = _opened(path) if path else None

    def benchmark(self, text: str) -> None:
        """A step of the crawl."""
        self._write("BENCHMARK", text)

    def info(self, text: str) -> None:
        """Something that was found."""
        self._write("INFO", text)

    def warn(self, text: str) -> None:
        """Something that is not carried out, or will not go as meant."""
        self._write("WARN", text)

    def error(self, text: str) -> None:
        """Something that went wrong."""
        self._write("ERROR", text)

    def _write(self, level: str, text: str) -> None:
        plain = " ".join(text.split())
        print(f"{level} : {plain}")
        if self._file is not None:
            try:
                os.write(self._file, f"[{self._id}] {level} : {plain}\n".encode("utf-8", "surrogateescape"))
            except OSError:
                self._file = None


def _opened(path: str) -> int | None:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    except OSError:
        return None
