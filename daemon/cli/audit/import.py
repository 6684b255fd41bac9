"""`reglue audit import`: a log out of a file that `reglue audit export` wrote."""

from pathlib import Path

import click
import msgspec
from rich.text import Text

from daemon.cli.audit.progress_bar import progress_bars
from daemon.cli.audit.state_directory import log_in
from daemon.cli.audit.verify import shown
from daemon.cli.failures import FINDINGS, BadInput
from daemon.cli.session import Screen
from daemon.exports.arrow_loading import NeedsArrow
from daemon.exports.content import UnusableFile
from daemon.exports.importing import Imported, NotEmpty, Steps, import_log
from daemon.state_lock import StateDirectoryBusy
from daemon.unreadable import UNREADABLE

STANDARD_INPUT = "-"


@click.command()
@click.argument("file")
@click.option(
    "--state-dir", metavar="DIR", envvar="REGLUE_STATE_DIR", show_envvar=True, required=True, help="The new log's."
)
@click.option("--anyway", is_flag=True, help="Keep the log even if it is not sound.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of text for people.")
def command(file: str, state_dir: str, anyway: bool, as_json: bool) -> int:
    """Make the log of an empty state directory out of FILE (-: standard input), and verify it.

    Every event gets its old position, and its body and chain byte for byte. All of it is there in the end, or nothing:
    a file that is damaged is refused, and so is a log that was not sound when it was exported, unless --anyway. Ends
    with 0 for a sound log, else as `reglue audit verify` does.
    """
    source = Path(file) if file != STANDARD_INPUT else None
    directory = log_in(state_dir).parent
    try:
        with progress_bars("importing", "verifying") as told:
            done = import_log(source, directory, anyway, Steps(*told))
    except StateDirectoryBusy as error:
        raise BadInput(f"{str(error).partition(' Stop that one')[0]} Name another state directory.") from error
    except (UnusableFile, NotEmpty, NeedsArrow, *UNREADABLE) as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BadInput(f"{where}{error.strerror or error}. Nothing was imported.") from error
    _show(done, as_json)
    return 0 if done.report.is_sound else FINDINGS[done.report.findings[0].kind]


def _show(done: Imported, as_json: bool) -> None:
    if as_json:
        document = {"imported": done.is_kept, "sound": done.report.is_sound}
        document |= {"file": msgspec.to_builtins(done.header), "report": msgspec.to_builtins(done.report)}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    screen = Screen()
    for part in shown(done.report):
        screen.print(part, soft_wrap=isinstance(part, Text))
    screen.print(_told(done), soft_wrap=True)


def _told(done: Imported) -> Text:
    if not done.is_kept:
        return Text(
            "✘ nothing was imported: the file is as it was written, and the log was not sound then. "
            "--anyway imports it as it is.",
            "red",
        )
    rate = f" ({done.report.events / done.seconds:,.0f} a second)" if done.seconds else ""
    return Text(f"imported in {done.seconds:.1f} s{rate}")
