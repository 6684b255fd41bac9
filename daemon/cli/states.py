"""How a state looks: an icon, a colour and a word, the same in every table.

Icons are one column wide. A terminal that is not UTF-8 gets the ASCII letters instead, put in by the output stream's
error handler, so that nothing that draws has to know.
"""

import codecs
import sys
from io import TextIOWrapper

import msgspec
from rich.text import Text

from daemon.cli.documents import Statistics

NEVER_RAN = "never ran"


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

BUCKETS = {
    "succeeded": "SUCCEEDED",
    "failed": "FAILED",
    "timeout": "TIMEOUT",
    "errored": "ERROR",
    "stopped": "STOPPED",
    "running": "RUNNING",
    "waiting": "WAITING",
}
"""The counts of a run's statistics and the state that each counts."""


def look(state: str | None) -> Look:
    """How a state looks; None is a node that never ran."""
    return LOOKS.get(state or "", _NONE)


def labelled(state: str | None, word: str | None = None) -> Text:
    """Icon and word of a state, in its colour."""
    shown = look(state)
    return Text(f"{shown.icon} {word or _word(state)}", shown.style)


def _word(state: str | None) -> str:
    return (state or NEVER_RAN).replace("_", " ")


def counted(statistics: Statistics, total: int) -> Text:
    """`3✔ 1✘ 2·`: how many nodes stand how, the ones that never ran at the end."""
    counts = [(state, getattr(statistics, bucket)) for bucket, state in BUCKETS.items()]
    never = total - sum(count for _, count in counts)
    shown = [(look(state), count) for state, count in (*counts, (None, never)) if count > 0]
    return Text(" ").join(Text(f"{count}{one.icon}", one.style) for one, count in shown)


def told(statistics: Statistics, total: int) -> str:
    """`3 succeeded, 1 failed, 2 never ran`."""
    counts = [(bucket, getattr(statistics, bucket)) for bucket in BUCKETS]
    never = total - sum(count for _, count in counts)
    words = [f"{count} {_BUCKET_WORDS.get(bucket, bucket)}" for bucket, count in counts if count]
    return ", ".join(words + ([f"{never} {NEVER_RAN}"] if never > 0 else []))


_BUCKET_WORDS = {"timeout": "timed out", "errored": "could not start"}


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
