"""The ways in which a command can fail, each with the exit code that scripts may rely on."""

from typing import IO, Any

import click

RUN_ENDED_BADLY = 1
DOUBTFUL = 1
RUNS_DIFFER = 1
TIME_UP = 5
RUN_STOPPED = 6
RUN_IN_ERROR = 7
INTERRUPTED = 130
BROKEN_PIPE = 141

EXIT_CODES = {
    0: "all went well",
    RUN_ENDED_BADLY: "a run that was waited for ended, but not well; diff: the runs differ; lint: there is a warning; "
    "rebuild: rows differed",
    2: "usage or bad input",
    3: "the daemon cannot be reached",
    4: "the daemon refused (not found, not allowed now)",
    TIME_UP: "wait: the time was up before every run had ended",
    RUN_STOPPED: "wait: a run was stopped",
    RUN_IN_ERROR: "wait: a run ended in ERROR",
    10: "audit verify: the first finding is an event that was changed",
    11: "audit verify: ... one that was removed",
    12: "audit verify: ... one that was put in by hand",
    13: "audit verify: ... one that was moved",
    14: "audit verify: ... a range that does not fit its seal, or a seal that does not fit the others",
    15: "audit verify: ... a saved seal that the log does not hold: it was written anew",
    16: "audit verify: ... a seal without the key's signature",
}
"""For help texts and `docs/cli.md`."""


FINDINGS = {
    "changed": 10,
    "removed": 11,
    "inserted": 12,
    "reordered": 13,
    "unsealed": 14,
    "rewritten": 15,
    "unsigned": 16,
}
"""Kinds of findings of a verification -> their exit codes."""


class Failure(click.ClickException):
    """Ends the command with one plain message on standard error; notes that are added to it follow in the same line."""

    def format_message(self) -> str:
        """The message with its notes."""
        return " ".join([self.message, *getattr(self, "__notes__", ())])

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message as `reglue: ...`."""
        label = click.style("reglue:", fg="red", bold=True)
        click.echo(f"{label} {self.format_message()}", file=file, err=file is None)


class BadInput(Failure):
    """What was typed cannot be meant."""

    exit_code = 2


class Unreachable(Failure):
    """Nothing that speaks for reglue answers at the endpoint."""

    exit_code = 3


class Refused(Failure):
    """The daemon answered with an error; `code` is its name, such as EntityNotFoundException."""

    exit_code = 4

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
