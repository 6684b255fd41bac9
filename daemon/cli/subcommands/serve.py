"""`reglue serve`: the daemon itself. The one command that loads it, and so the one that takes its time to start.

Its options are made from the settings' own descriptions.
"""

import os
import sys
from threading import Thread
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import click

from daemon import start_up
from daemon.cli.client import Client
from daemon.cli.demo_steps import next_steps
from daemon.cli.demo_workflow import load
from daemon.cli.failures import BadInput
from daemon.settings import FIELDS, Field, Settings, SettingsError, load_settings

DEMO_FOLDER = "demo"
_METAVARS = {
    "state_dir": "DIR",
    "listen": "HOST:PORT",
    "stop_grace_seconds": "SECONDS",
    "mqtt": "URL",
    "mqtt_namespace": "NAME",
    "mqtt_user": "NAME",
    "mqtt_password_file": "FILE",
    "mqtt_ca": "FILE",
    "mqtt_cert": "FILE",
    "mqtt_key": "FILE",
    "seal_every_events": "NUMBER",
    "seal_every_seconds": "SECONDS",
    "seal_key": "FILE",
    "config": "FILE",
}


def _serve(demo: bool, **options: str | None) -> int:
    """Run the daemon in the foreground until Ctrl-C or SIGTERM. Jobs go on; the next daemon takes them up again.

    Each setting may also be given by its variable or in a TOML file (--config); options win over variables, variables
    over the file.
    """
    try:
        settings = load_settings(options, os.environ)
        return start_up.run(settings, lambda url, used: _announce(url, used, demo), _announce_broker)
    except (SettingsError, start_up.CannotStart) as error:
        raise BadInput(str(error)) from error


def _announce(url: str, settings: Settings, demo: bool) -> None:
    """Say where the daemon listens; the demo is loaded from a thread, because this one is the daemon's."""
    where = "memory" if settings.ephemeral else settings.state_dir
    _tell(f"reglue listens on {click.style(url, bold=True)}   (state in {where}; Ctrl-C stops it)")
    if demo:
        Thread(target=_load_demo, args=(url, settings), daemon=True, name="demo").start()


def _announce_broker(url: str) -> None:
    parts = urlsplit(url)
    port = "" if parts.port == 1883 else f" -p {parts.port}"
    _tell(f"Monitors connect to {click.style(url, bold=True)}   (mosquitto_sub -v{port} -t '#', or reglue watch)")


def _load_demo(url: str, settings: Settings) -> None:
    try:
        loaded = load(Client(url), settings.state_dir / DEMO_FOLDER)
        _tell("\n".join(("", *next_steps(url, loaded), "")))
    except click.ClickException as error:
        _tell(f"The demo is not loaded: {error.format_message()}")


def _tell(text: str) -> None:
    """Print at once; nobody may be reading, and the daemon goes on all the same."""
    try:
        click.echo(text)
        sys.stdout.flush()
    except OSError:
        pass


def _option(field: Field) -> click.Option:
    """The option of one setting. Its value stays text: the settings check it and say what is wrong."""
    kind = get_args(field.type)[0]
    is_switch, choices = kind is bool, get_args(kind) if get_origin(kind) is Literal else ()
    form = "" if is_switch or choices else f" {field.form[0].upper()}{field.form[1:]}."
    # A switch may stand alone: --strict-glue is --strict-glue true.
    alone: dict[str, Any] = {"is_flag": False, "flag_value": "true"} if is_switch else {}
    return click.Option(
        [field.option, field.name],
        help=f"{field.meaning}{form}  [{field.variable}; default: {field.default}]",
        metavar="[true|false]" if is_switch else "|".join(choices) or _METAVARS.get(field.name, field.name.upper()),
        **alone,
    )


command = click.Command(
    "serve",
    callback=_serve,
    help=_serve.__doc__,
    params=[
        *map(_option, FIELDS.values()),
        click.Option(["--demo"], is_flag=True, help="Load the workflow W1 to try, and print what to type next."),
    ],
)
