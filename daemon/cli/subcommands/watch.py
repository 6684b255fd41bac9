"""`reglue watch`: follow workflows and runs live, from the MQTT broker that the daemon publishes to."""

import importlib
from typing import Any

import click
from click.core import ParameterSource

from daemon.cli.session import Session, client_options


@click.command()
@click.argument("what", metavar="[WORKFLOW|RUN]", required=False)
@click.option("--plain", is_flag=True, help="Write one line an event, for pipes; without a terminal this is so anyway.")
@click.option(
    "--mqtt",
    "url",
    envvar="REGLUE_MQTT",
    metavar="URL",
    show_envvar=True,
    help="The broker; else where the daemon publishes.",
)
@click.option(
    "--namespace",
    "--mqtt-namespace",
    "namespace",
    envvar="REGLUE_MQTT_NAMESPACE",
    metavar="NAME",
    help="Whose events; else `default`.",
)
@click.option("--mqtt-user", "user", envvar="REGLUE_MQTT_USER", metavar="NAME", help="Who we are to the broker.")
@click.option(
    "--mqtt-password-file",
    "password_file",
    envvar="REGLUE_MQTT_PASSWORD_FILE",
    metavar="FILE",
    help="Holds the password.",
)
@click.option("--mqtt-ca", "ca", envvar="REGLUE_MQTT_CA", metavar="FILE", help="Certificates to trust, as PEM.")
@click.option("--mqtt-cert", "cert", envvar="REGLUE_MQTT_CERT", metavar="FILE", help="Our own certificate, as PEM.")
@click.option("--mqtt-key", "key", envvar="REGLUE_MQTT_KEY", metavar="FILE", help="The key that belongs to it.")
@client_options
def command(session: Session, what: str | None, plain: bool, **given: Any) -> int:
    """Follow everything, a WORKFLOW or a RUN live: runs with their graphs, timelines and events; keys to resume.

    It is a subscriber of the MQTT broker and reads from the daemon only what a broker cannot know. With --plain one
    line an event; with --json the message itself as a line. For a RUN these end when the run has ended, with 0 if it
    SUCCEEDED, else 1.
    """
    typed = click.get_current_context().get_parameter_source("endpoint") is not ParameterSource.DEFAULT
    # The help does without what the monitor needs.
    entry = importlib.import_module("daemon.cli.watching.entry")
    code: int = entry.watch(session, entry.Asked(what, plain, typed, given))
    return code
