"""A group of commands whose modules are imported when they are called, so that `--help` and each command start fast."""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class SubcommandGroup(click.Group):
    """A group made of a table, name to the line in the list; each is a module of the package that holds `command`."""

    def __init__(self, *, subcommands: Mapping[str, str], package: str, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._subcommands = subcommands
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which people need them."""
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, its module loaded now."""
        if cmd_name not in self._subcommands:
            return None
        command: click.Command = importlib.import_module(f"{self._package}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of subcommands, out of the table: asking each for its help would load them all."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._subcommands.items()))
