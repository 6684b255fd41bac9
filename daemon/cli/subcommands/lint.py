"""`reglue lint`: what is wrong with definitions that is no error, such as triggers that can never fire."""

import click
import msgspec
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.failures import DOUBTFUL
from daemon.cli.looks import plain
from daemon.cli.session import Session, client_options


class Finding(msgspec.Struct, frozen=True):
    """One thing found, as `/v1` has it."""

    severity: str
    rule: str
    text: str


class Findings(msgspec.Struct, frozen=True):
    """All that was found."""

    findings: list[Finding]


@click.command()
@click.argument("workflow", required=False)
@client_options
def command(session: Session, workflow: str | None) -> int:
    """Look for triggers that can never fire, names of nothing, and triggers of deleted workflows.

    In WORKFLOW, or everywhere. Ends with 1 if there is a warning; notes (what works here but not on Glue) do not count.
    """
    path = path_to("workflows", workflow, "lint") if workflow is not None else path_to("lint")
    body = session.client.read_raw(path)
    found = session.client.decoded(body, Findings).findings
    if session.as_json:
        session.write(body)
    else:
        session.show(*(_line(finding) for finding in found) if found else [Text("Nothing found.")])
    return DOUBTFUL if any(finding.severity == "warning" for finding in found) else 0


def _line(finding: Finding) -> Text:
    style = "yellow" if finding.severity == "warning" else "dim"
    return Text.assemble((finding.severity, style), f": {plain(finding.text)} ({finding.rule})")
