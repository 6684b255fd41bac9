"""`reglue audit export`: the log in one file."""

import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec
from rich.filesize import decimal
from rich.text import Text

from daemon.audit.found_runs import NotOneRun
from daemon.audit.replaying import NothingThen
from daemon.cli.audit.progress_bar import progress_bar
from daemon.cli.audit.state_directory import log_in, state_dir_option
from daemon.cli.failures import BadInput
from daemon.cli.given_times import position_or_moment
from daemon.cli.session import Screen
from daemon.exports.arrow_loading import NeedsArrow
from daemon.exports.choosing import Chosen, export_chosen
from daemon.exports.content import CannotExport
from daemon.exports.destination import AlreadyThere, Destination
from daemon.exports.exporting import Exported, Target, format_of
from daemon.unreadable import UNREADABLE

STANDARD_OUTPUT = "-"


@click.command()
@state_dir_option
@click.option("--output", "-o", metavar="FILE", default=STANDARD_OUTPUT, help="Where to; standard output unless told.")
@click.option("--format", type=click.Choice(["jsonl", "parquet"]), help="Else what FILE ends in says it, else jsonl.")
@click.option("--until", metavar="POSITION|TIME", help="End with it; with the newest event unless told.")
@click.option("--run", "runs", metavar="RUN", multiple=True, help="Only this run; may be given several times.")
@click.option("--workflow", "workflows", metavar="NAME", multiple=True, help="Only the runs of this workflow.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Tell what was written as one JSON document.")
def command(
    state_dir: str | None,
    output: str,
    until: str | None,
    runs: tuple[str, ...],
    workflows: tuple[str, ...],
    **given: str | bool | None,
) -> None:
    """Write the log to a file: every event as it is stored, with the hashes that prove it.

    The file is JSON Lines, compressed if its name ends in .gz or .zst, or Parquet, for which pyarrow is needed. It
    appears when it is whole. `reglue audit import` makes a log of it again. A daemon may be running: what is appended
    meanwhile is left out. With --run or --workflow it holds those runs, what is needed to read them, and hashes in
    place of all else: so it can be verified as well.
    """
    path = Path(output) if output != STANDARD_OUTPUT else None
    if path is None and given["as_json"]:
        raise BadInput("--json tells on standard output what was written: name a file with -o.")
    if until and (runs or workflows):
        raise BadInput("Give --until, or --run and --workflow: runs are exported as they are now.")
    if path is None and sys.stdout.isatty():
        raise BadInput("Name a file with -o, or pipe the output: a whole log is no good on a terminal.")
    chosen = given["format"] or format_of(path)
    target = Target(Destination(path, replaces=bool(given["force"])), chosen)  # type: ignore[arg-type]  # a choice of it
    wanted = position_or_moment(until, datetime.now().astimezone()) if until else (None, None)
    choice = Chosen(until=wanted[0], to=wanted[1], runs=runs, workflows=workflows)
    try:
        with progress_bar("exporting") as told:
            done = export_chosen(log_in(state_dir), choice, target, told)
    except (NothingThen, NotOneRun, CannotExport, AlreadyThere, NeedsArrow, *UNREADABLE) as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        if path is None:
            raise
        raise BadInput(f"{path} cannot be written: {error.strerror or error}. Nothing is left of it.") from error
    if given["as_json"]:
        click.echo(msgspec.json.format(msgspec.json.encode(done), indent=2))
    else:
        Screen(stderr=path is None).print(_told(done), soft_wrap=True)


def _told(done: Exported) -> Text:
    where = done.file if done.file is not None else "standard output"
    rate = f" ({done.events / done.seconds:,.0f} a second)" if done.seconds else ""
    text = Text.assemble(("✔ ", "green"), f"{done.events:,} events up to position {done.last:,} in {where}")
    if done.runs is not None:
        text.append(f"\n{done.runs:,} run{'s' if done.runs != 1 else ''} with what is needed to read them; ", "dim")
        text.append(f"{done.elided:,} other events as hashes", "dim")
    if done.left_out:
        text.append(
            f"\n{done.left_out:,} runs that were asked for are in archives already and not in this one", "yellow"
        )
    text.append(f"\n{decimal(done.bytes)} in {done.seconds:.1f} s{rate}\nSHA-256 {done.sha256}", "dim")
    return text
