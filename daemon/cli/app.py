"""The group `reglue`: finds the subcommand by name, loads only its module, and turns every end into an exit code.

`SUBCOMMANDS` says each one's name and its line in the list; `reglue --help` loads none of them.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from daemon.cli.failures import BROKEN_PIPE, EXIT_CODES, INTERRUPTED, BadInput
from daemon.cli.looks import write_ascii_where_needed
from daemon.cli.subcommand_group import SubcommandGroup

SUBCOMMANDS = {
    "serve": "Run the daemon in the foreground.",
    "demo": "Load the demo workflow W1 into a running daemon.",
    "start": "Start a run of a workflow.",
    "notify": "Send an event to a workflow.",
    "runs": "List a workflow's runs, newest first.",
    "show": "Show a run: what ran, what failed and why, what never ran.",
    "notifications": "Show the events that began a run, with their payloads.",
    "resume": "Resume a run that partly failed, as a new run.",
    "repair": "Resume partly failed runs, grouped by what failed first.",
    "wait": "Wait for runs to end; the exit code tells how.",
    "lineage": "Show a run's resumes, and where its results come from.",
    "diff": "Show in what two runs differ.",
    "stop": "Stop a run.",
    "watch": "Follow workflows and runs live, on a screen or line by line.",
    "logs": "Print what a job run wrote.",
    "schedule": "List what comes due next, with the last firing.",
    "audit": "List, replay and verify the events of the log.",
    "archive": "Move old runs out of the log into a file.",
    "rebuild": "Make all that is made from the log anew, and compare.",
    "lint": "Look for triggers that can never fire, and the like.",
    "version": "Print the version.",
}

EXIT_CODE_LINES = "\n".join(f"  {code}  {meaning}" for code, meaning in EXIT_CODES.items())


class _Reglue(SubcommandGroup):
    """The group of everything; what its subcommands end with becomes an exit code here."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand to its exit code. A reader that went away, as `head` does, is no failure to speak of."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
            return code
        except BrokenPipeError:
            _give_up_output()
            raise click.exceptions.Exit(BROKEN_PIPE) from None
        except OSError as error:
            if error.filename is not None:
                raise
            _give_up_output()
            raise BadInput(f"The output cannot be written: {error.strerror}.") from error


@click.group(
    cls=_Reglue,
    subcommands=SUBCOMMANDS,
    package="daemon.cli.subcommands",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"\b\nExit codes:\n{EXIT_CODE_LINES}",
)
@click.version_option(package_name="reglue", message="%(prog)s %(version)s")
def reglue() -> None:
    """Run AWS Glue workflows from an event log; repair and resume the ones that partly failed.

    `reglue serve --demo` runs the daemon with a workflow to try. The other commands talk to a running daemon; RUN may
    be any beginning of a run's id (6 characters or more) that fits one run alone.
    """


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit code."""
    write_ascii_where_needed()
    try:
        _refuse_broken_text(arguments)
        code = reglue.main(args=list(arguments), prog_name="reglue", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED


def _give_up_output() -> None:
    """Python flushes once more at its end; that must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse_broken_text(arguments: Sequence[str]) -> None:
    """Bytes that are no UTF-8 reach Python as lone surrogates, which neither JSON nor a URL can carry."""
    for argument in arguments:
        if not argument.isascii() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise BadInput(f"The argument {argument!a} is not valid UTF-8.")
