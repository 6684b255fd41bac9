"""The one line that tells of a failure, from logs of every kind."""

from pathlib import Path

import pytest

from daemon.executors import error_message


def message(folder: Path, stderr: bytes, code: int = 1) -> str:
    """The message after these bytes on standard error."""
    (folder / "stderr").write_bytes(stderr)
    return error_message.of_failure(code, str(folder / "stdout"), str(folder / "stderr"))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"one\ntwo\n\n  \n", "two"),
        (b"no end", "no end"),
        (b"a\r\nb\r\n", "b"),
        (b"10%\r50%\r100% done\n", "100% done"),
        (b"\x1b[1;31mred\x1b[0m\x1b]0;title\x07\n", "red"),
        (b"a\tb\x00\x08c\n", "a bc"),
        (b"\xff\xfe\n", "\ufffd\ufffd"),
        ("ż🦊".encode() * 2_000, "ż🦊" * 500),
        ("a\u202eb\u2028c".encode(), "abc"),
        (b"x" * 200_000 + b"\n", 1_000 * "x"),
    ],
)
def test_last_line_is_made_readable(tmp_path: Path, written: bytes, told: str) -> None:
    """Blank lines, line ends, overwritten text, colours, controls, broken and overlong text are dealt with."""
    assert message(tmp_path, written) == f"Command failed with exit code 1: {told}"


def test_without_any_output(tmp_path: Path) -> None:
    """Empty, blank or missing logs leave the exit code alone."""
    assert message(tmp_path, b"\n \x00\n", 2) == "Command failed with exit code 2"


@pytest.mark.parametrize(
    ("code", "note"),
    [(137, ", ended by signal 9 (SIGKILL)"), (139, ", ended by signal 11 (SIGSEGV)"), (128, ""), (255, ""), (127, "")],
)
def test_exit_code_of_a_signal(tmp_path: Path, code: int, note: str) -> None:
    """A code of 128 + n says which signal it stands for, where there is one."""
    assert message(tmp_path, b"", code) == f"Command failed with exit code {code}{note}"
