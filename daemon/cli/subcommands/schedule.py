"""`reglue schedule`: what comes due next, and how the last firing went."""

from datetime import datetime

import click
import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.looks import plain
from daemon.cli.session import Session, client_options
from daemon.cli.short_ids import short
from daemon.cli.times import moment

MOST_SCHEDULES = 10_000


class Fired(msgspec.Struct, frozen=True):
    """A firing, as `/v1` has it."""

    due: datetime
    catch_up: bool = False
    started: tuple[str, ...] = ()
    error: str | None = None


class Scheduled(msgspec.Struct, frozen=True):
    """Something that is scheduled, as `/v1` has it."""

    kind: str
    name: str
    schedule: str
    starts: tuple[str, ...] = ()
    next: datetime | None = None
    last: Fired | None = None


class Page(msgspec.Struct, frozen=True):
    """What comes due next, and how many schedules are not shown."""

    schedules: tuple[Scheduled, ...]
    more: int = 0


@click.command()
@click.option(
    "--limit", type=click.IntRange(1, MOST_SCHEDULES), default=50, show_default=True, help="How many schedules at most."
)
@client_options
def command(session: Session, limit: int) -> None:
    """List the active schedules, the next to come due first, each with its last firing."""
    body = session.client.read_raw(path_to("schedules"), {"limit": limit})
    page = session.client.decoded(body, Page)
    if session.as_json:
        session.write(body)
    elif not page.schedules:
        session.show(Text("No schedule is active. Triggers of the type SCHEDULED fire once they are ACTIVATED."))
    else:
        session.show(schedule_table(page.schedules, session.now()))
        if page.more:
            session.aside.print(Text(f"There are {page.more} more; --limit {limit + page.more} shows all.", "dim"))


def schedule_table(schedules: tuple[Scheduled, ...], now: datetime) -> Table:
    """One row a schedule. Moments are the reader's own time; the expression is in UTC."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for heading in ("NEXT", "NAME", "STARTS", "SCHEDULE (UTC)", "LAST"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "NEXT")
    for found in schedules:
        due = moment(found.next, now) if found.next else "never again"
        starts = ", ".join(plain(name.partition(":")[2]) for name in found.starts)
        table.add_row(Text(due), Text(plain(found.name), "bold"), starts, plain(found.schedule), last_told(found, now))
    return table


def last_told(found: Scheduled, now: datetime) -> Text:
    """The last firing: the moment it was for, whether it came late, what it started or why it did not."""
    if found.last is None:
        return Text("not yet", "dim")
    told = Text(moment(found.last.due, now))
    if found.last.catch_up:
        told.append(" caught up", "yellow")
    if found.last.error:
        told.append(f" {plain(found.last.error)}", "red")
    elif found.last.started:
        told.append(f" {short(found.last.started[0])}", "dim")
    return told
