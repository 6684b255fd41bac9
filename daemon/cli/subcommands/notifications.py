"""`reglue notifications`: the events that began a run, with their payloads."""

from collections.abc import Iterator
from datetime import datetime

import click
import msgspec
from rich.padding import Padding
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.looks import plain
from daemon.cli.lookup import run_of_any_workflow
from daemon.cli.session import Session, client_options
from daemon.cli.times import moment


class _Notification(msgspec.Struct):
    """One event; `detail` is kept as the daemon wrote it."""

    id: str
    source: str
    detail_type: str
    received_at: datetime
    detail: msgspec.Raw


class _Page(msgspec.Struct):
    notifications: list[_Notification]


@click.command()
@click.argument("run")
@client_options
def command(session: Session, run: str) -> None:
    """Show the events that began RUN, oldest first, with their payloads.

    For a resumed run they are those of the first run of its chain. A run that no event began has none.
    """
    path = path_to("runs", run_of_any_workflow(session.client, run), "notifications")
    body = session.client.read_raw(path)
    if session.as_json:
        session.write(body)
        return
    found = session.client.decoded(body, _Page).notifications
    if not found:
        session.show(Text("No event began this run."))
    for notification in found:
        session.show(*_lines(notification, session.now()))


def _lines(notification: _Notification, now: datetime) -> Iterator[Text | Padding]:
    head = f"  {plain(notification.source)}  {plain(notification.detail_type)}"
    yield Text.assemble((plain(notification.id), "bold"), head, (f"  {moment(notification.received_at, now)}", "dim"))
    payload = msgspec.json.format(bytes(notification.detail), indent=2).decode()
    yield Padding(Text("\n".join(map(plain, payload.splitlines()))), (0, 0, 0, 4))
