"""docs/cli.md tells every command, option and exit code."""

from pathlib import Path

import click
import pytest

from daemon.cli.app import SUBCOMMANDS, reglue
from daemon.cli.failures import EXIT_CODES
from daemon.cli.looks import LOOKS
from daemon.settings import FIELDS

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_command_and_its_options_are_documented(name: str) -> None:
    """Each command has a chapter; its options are told there, or among those that all have in common."""
    common, chapter = (
        PAGE.partition("## `reglue serve`")[0],
        PAGE.partition(f"## `reglue {name}`")[2].partition("\n## ")[0],
    )
    command = reglue.get_command(click.Context(reglue), name)
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("-")}
    # The settings have a page of their own, made from the same descriptions.
    options -= {field.option for field in FIELDS.values()}
    assert chapter
    assert not [option for option in options if f"`{option}" not in chapter + common]


def test_exit_codes_are_documented() -> None:
    """Each exit code stands in the table with its meaning."""
    assert all(f"| {code} | {meaning} |" in PAGE for code, meaning in EXIT_CODES.items())


def test_every_icon_is_explained() -> None:
    """Each state's icon has its line."""
    assert all(f"| {look.icon} | " in PAGE and state.replace("_", " ") in PAGE for state, look in LOOKS.items())
