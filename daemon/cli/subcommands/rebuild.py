"""`reglue rebuild`: all that is made from the log, made anew and compared with what was there."""

from collections.abc import Iterator

import click
import msgspec
from rich.text import Text

from daemon.audit.rebuilding import Rebuilt, check, rebuild
from daemon.cli.audit.progress_bar import progress_bar
from daemon.cli.audit.state_directory import log_in, state_dir_option
from daemon.cli.failures import DOUBTFUL, BadInput
from daemon.cli.looks import plain
from daemon.cli.session import Screen
from daemon.state_lock import StateDirectoryBusy
from daemon.unreadable import UNREADABLE

_KINDS = {
    "changed": "is not what the log says",
    "missing": "was missing",
    "extra": "is of nothing that the log holds",
}


@click.command()
@state_dir_option
@click.option("--check", "only_check", is_flag=True, help="Compare only and change nothing; a daemon may be running.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of text for people.")
def command(state_dir: str | None, only_check: bool, as_json: bool) -> int:
    """Drop every projection (views.db), make it anew from the log, and compare old and new row by row.

    Ends with 1 if they differ. No daemon may be running on the state directory, unless with --check.
    """
    directory = log_in(state_dir).parent
    try:
        with progress_bar("rebuilding") as told:
            found = check(directory, told) if only_check else rebuild(directory, told)
    except StateDirectoryBusy as error:
        raise BadInput(
            f"{str(error).partition(' Stop that one')[0]} Stop it first, or compare with --check."
        ) from error
    except UNREADABLE as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BadInput(f"{where}{error.strerror or error}. With --check nothing is written there.") from error
    if as_json:
        document = {"equal": found.is_equal, "replaced": not only_check} | msgspec.to_builtins(found)
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
    else:
        screen = Screen()
        for line in _shown(found, only_check):
            screen.print(Text(line), soft_wrap=True)
    return DOUBTFUL if found.differences else 0


def _shown(found: Rebuilt, only_check: bool) -> Iterator[str]:
    for one in found.differences:
        yield f"{one.table} {plain(one.key)}: the row {_KINDS[one.kind]}"
    if found.more:
        yield f"... and {found.more:,} more"
    counts = ", ".join(f"{count:,} {table}" for table, count in found.rows.items() if table != "position")
    yield f"{found.position:,} events give {counts}"
    if found.unusable is not None:
        made = "" if only_check else "; they were made anew"
        yield f"the rows that should be there cannot be compared: {found.unusable}{made}"
    elif found.differences:
        count = len(found.differences) + found.more
        kept = "the wrong ones are still there: run it without --check" if only_check else "the wrong ones are replaced"
        yield f"✘ {count:,} rows differed; {kept}"
    else:
        yield "✔ equal, row by row, to what was there"
