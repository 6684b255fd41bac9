"""The option that says which log an audit reads."""

import os
from pathlib import Path

import click

from daemon.cli.failures import BadInput
from daemon.settings import SettingsError, load_settings
from daemon.state_files import LOG_FILE

state_dir_option = click.option(
    "--state-dir",
    metavar="DIR",
    envvar="REGLUE_STATE_DIR",
    show_envvar=True,
    help="The state directory of a daemon, running or not, or a copy of one. The daemon's default unless told.",
)


def log_in(state_dir: str | None) -> Path:
    """The file of the log. Raises BadInput for what is no state directory."""
    try:
        folder = load_settings({"state_dir": state_dir}, os.environ).state_dir
    except SettingsError as error:
        raise BadInput(str(error)) from error
    return folder / LOG_FILE
