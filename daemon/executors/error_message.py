"""The one line that says why a process failed: its exit code and the last thing it wrote.

A job may have written anything, binary or gigabytes: only the end of a log is read, and what is taken from it is
cleaned and cut.
"""

import os
import re
import signal

_TAIL_BYTES = 64 * 1024
_MOST_CHARACTERS = 1_000
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
# C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of writing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def of_failure(exit_code: int, stdout: str, stderr: str) -> str:
    """`Command failed with exit code N: <last line>`, from the last non-empty line of stderr, else of stdout."""
    message = f"Command failed with exit code {exit_code}{_signal_note(exit_code)}"
    line = last_line(stderr) or last_line(stdout)
    return f"{message}: {line}" if line else message


def last_line(path: str) -> str:
    """The last line of a log file that holds anything to read, cleaned and cut at 1,000 characters; "" if none does."""
    for line in reversed(_tail(path).split(b"\n")):
        text = _clean(line)
        if text:
            return text[:_MOST_CHARACTERS]
    return ""


def signal_name(number: int) -> str:
    """`signal 9 (SIGKILL)`."""
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"


def _signal_note(exit_code: int) -> str:
    """A shell's way to say that a process was ended by signal n is the exit code 128 + n."""
    number = exit_code - 128
    return f", ended by {signal_name(number)}" if number in signal.valid_signals() else ""


def _clean(line: bytes) -> str:
    # A progress bar overwrites its line: what stands after the last carriage return is what a terminal shows.
    shown = line.rstrip(b"\r").rpartition(b"\r")[2]
    # Enough bytes for the cut even if every character takes four, and a bound for the patterns.
    text = shown[: 8 * _MOST_CHARACTERS].decode("utf-8", "replace")
    return _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", text).replace("\t", " ")).strip()


def _tail(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read(_TAIL_BYTES) or b""
    except OSError:
        # Without its log a failure is still a failure; the exit code stands.
        return b""
