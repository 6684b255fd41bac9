"""How a state is told: its icon, colour and word, the same in every table."""

from rich.text import Text

from daemon.cli.documents import Statistics
from daemon.cli.looks import look

NEVER_RAN = "never ran"

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
