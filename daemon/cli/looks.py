"""Icons, colours and letters of states, and what makes a text fit for a terminal; without rich, which takes as long to
load as all that a short command does.

Icons are one column wide. A terminal that is not UTF-8 gets the ASCII letters instead, put in by the output stream's
error handler, so that nothing that draws has to know.
"""

import codecs
import sys
from io import TextIOWrapper

import msgspec


class Look(msgspec.Struct, frozen=True):
    """Icon, its ASCII replacement, and a style of rich's."""

    icon: str
    letter: str
    style: str


_WELL = Look("✔", "+", "green")
_FAILED = Look("✘", "x", "bold red")
_LATE = Look("◷", "t", "bold red")
_ERROR = Look("!", "!", "bold red")
_STOPPED = Look("■", "#", "yellow")
_RUNNING = Look("●", "o", "cyan")
_WAITING = Look("○", "w", "blue")
_NONE = Look("·", "-", "dim")

LOOKS: dict[str, Look] = {
    "SUCCEEDED": _WELL,
    "FAILED": _FAILED,
    "PARTLY_FAILED": _FAILED,
    "TIMEOUT": _LATE,
    "EXPIRED": _LATE,
    "ERROR": _ERROR,
    "STOPPED": _STOPPED,
    "CANCELLED": _STOPPED,
    "STOPPING": _STOPPED,
    "CANCELLING": _STOPPED,
    "STARTING": _RUNNING,
    "RUNNING": _RUNNING,
    "WAITING": _WAITING,
}
FIRED = "▸"
NOT_FIRED = "▹"
RESTARTED = "↻"
COPIED = "↩"
_LETTERS = {look.icon: look.letter for look in (*LOOKS.values(), _NONE)}
_LETTERS |= {FIRED: ">", NOT_FIRED: "-", RESTARTED: "@", COPIED: "<", "…": "~", "→": "->", "◆": "*"}
_LETTERS |= dict.fromkeys("━╺╸", "=") | dict.fromkeys("─┄", "-") | {"│": "|"} | dict.fromkeys("╭╮╰╯", "+")
_LETTERS |= {"↑": "^", "↓": "v"} | dict.fromkeys("▁▂▃▄▅▆▇█▏▎▍▌▋▊▉", "#")


def look(state: str | None) -> Look:
    """How a state looks; None is a node that never ran."""
    return LOOKS.get(state or "", _NONE)


def plain(text: str) -> str:
    """A text of the daemon's without characters that steer a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def write_ascii_where_needed() -> None:
    """Let standard output and error replace what their encoding lacks instead of failing."""
    codecs.register_error("reglue", _replacement)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="reglue")


def _replacement(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_LETTERS.get(character, "?") for character in error.object[error.start : error.end]), error.end
