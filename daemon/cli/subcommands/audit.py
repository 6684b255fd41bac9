"""`reglue audit`: what can be asked of the log itself. Its commands are modules of `daemon/cli/audit`."""

import click

from daemon.cli.subcommand_group import SubcommandGroup

SUBCOMMANDS = {
    "events": "List the facts of the log, one a line.",
    "replay": "Show how things stood at any position or moment.",
    "verify": "Verify that no event was changed, removed, put in or moved.",
    "export": "Write the log to a file, as JSON Lines or Parquet.",
    "import": "Make the log of a new state directory out of such a file.",
}


@click.group(cls=SubcommandGroup, subcommands=SUBCOMMANDS, package="daemon.cli.audit")
def command() -> None:
    """Ask the log itself: what it holds, and whether it is as the daemon left it.

    These commands read a state directory, or a copy of one, and never write into it, but for `import`, which wants an
    empty one; a daemon may be running on it.
    """
