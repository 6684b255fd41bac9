"""`reglue notify`: send an event to a workflow."""

import click
from rich.text import Text

from daemon.cli.session import Session, client_options


@click.command()
@click.argument("workflow")
@click.option("--detail", metavar="JSON", help="The payload, a JSON object; empty unless told.")
@click.option("--id", "event_id", metavar="ID", help="The event's id. One that the workflow knows already is dropped.")
@click.option("--source", metavar="NAME", help="Who sends it; reglue.notify unless told.")
@click.option("--detail-type", metavar="TEXT", help="What kind of event it is; Notification unless told.")
@client_options
def command(
    session: Session,
    workflow: str,
    detail: str | None,
    event_id: str | None,
    source: str | None,
    detail_type: str | None,
) -> None:
    """Send WORKFLOW an event and print the event's id.

    Its EVENT trigger starts a run when its batch is complete. The same --id again changes nothing.
    """
    given = {"Detail": detail, "EventId": event_id, "Source": source, "DetailType": detail_type}
    members = {name: value for name, value in given.items() if value is not None}
    answer = session.client.glue("NotifyEvent", WorkflowName=workflow, **members)
    if session.as_json:
        session.write({"event_id": answer["EventId"], "duplicate": answer["Duplicate"]})
        return
    session.show(Text(answer["EventId"]))
    if answer["Duplicate"]:
        session.aside.print(Text("The workflow knows this event already; nothing was changed.", "dim"))
