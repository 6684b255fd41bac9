"""`reglue version`: which version this is."""

import platform
import sys
from importlib import metadata

import click
import msgspec


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of text for people.")
def command(as_json: bool) -> None:
    """Print the version of reglue and of the Python that it runs on."""
    known = {"reglue": metadata.version("reglue"), "python": platform.python_version()}
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(known), indent=2).decode() + "\n")
    else:
        click.echo(f"reglue {known['reglue']} (Python {known['python']})")
