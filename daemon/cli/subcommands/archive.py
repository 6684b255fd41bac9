"""`reglue archive`: moves old runs out of the log into a file, and leaves a row of each."""

import contextlib
import getpass
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from daemon.archive_commands import Archived
from daemon.archiving import Request
from daemon.audit.opened import opened
from daemon.cli.archive_page import compacted_page, done_page, left_over, plan_page
from daemon.cli.audit.progress_bar import progress_bar
from daemon.cli.audit.state_directory import log_in, state_dir_option
from daemon.cli.client import Client, path_to
from daemon.cli.failures import BadInput, Failure
from daemon.cli.given_times import millis, since
from daemon.cli.session import Session, client_options
from daemon.errors import ReglueError
from daemon.exports.arrow_loading import NeedsArrow
from daemon.exports.content import CannotExport, UnusableFile
from daemon.exports.destination import AlreadyThere
from daemon.keys import KeyUnusable
from daemon.retention.archiving import FOLDER, CannotArchive, Done, Keeper, Options, Task, archive, clear_up, turn
from daemon.retention.compacting import Compacted, compact
from daemon.retention.offline import Offline
from daemon.retention.planning import Chosen, Plan, plan_archive
from daemon.settings import SettingsError, load_settings
from daemon.state_files import LOG_FILE
from daemon.state_lock import StateDirectoryBusy, holder_of
from daemon.unreadable import UNREADABLE
from daemon.wiring import make_signer

_FAILURES = (AlreadyThere, CannotArchive, CannotExport, KeyUnusable, NeedsArrow, UnusableFile, StateDirectoryBusy)


class _Refusal(msgspec.Struct, frozen=True):
    run_id: str
    reason: str


class _Answer(msgspec.Struct, frozen=True):
    archived: tuple[str, ...]
    refused: tuple[_Refusal, ...] = ()


class _Seal(msgspec.Struct, frozen=True):
    last: int


class _Health(msgspec.Struct, frozen=True):
    pid: int


class _Daemon:
    """The daemon that holds the state directory, by its API."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gone = 0
        """How many runs it has said to be archived."""

    def seal(self) -> int:
        """See Keeper."""
        return self._client.send(path_to("seals"), {}, _Seal).last

    def archive(self, asked: Request) -> Archived:
        """See Keeper."""
        runs = [{"run_id": run, "version": version} for run, version in asked.runs]
        document = {"file": asked.file, "sha256": asked.digest, "runs": runs, "carry_details": asked.carry}
        try:
            answer = self._client.send(path_to("archives"), document, _Answer)
        except Failure as error:
            error.add_note(
                f"By then it had said of {self._gone:,} runs that they were archived, into {asked.file}. Nothing is "
                "lost; the next `reglue archive` takes what is left."
            )
            raise
        self._gone += len(answer.archived)
        return Archived(answer.archived, {one.run_id: one.reason for one in answer.refused})


@click.command()
@state_dir_option
@click.option("--older-than", metavar="AGE", help="Runs that ended longer ago, such as 90d; or before a date.")
@click.option("--workflow", "workflows", metavar="NAME", multiple=True, help="Only runs of this one; may be repeated.")
@click.option("--to", metavar="DIR|FILE", help="Where to write; the folder archive in the state directory unless told.")
@click.option("--format", type=click.Choice(["jsonl", "parquet"]), help="Else what FILE ends in says it, else jsonl.")
@click.option("--carry-details", "carries", is_flag=True, help="Take runs too that others were resumed from.")
@click.option("--keep-logs", "keeps_logs", is_flag=True, help="Leave what the jobs wrote where it is.")
@click.option("--compact", "compacts", is_flag=True, help="Give room back to the disk; no daemon may be running.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Show which runs would go and which stay; change nothing.")
@click.option("--verbose", "-v", "is_verbose", is_flag=True, help="Name every run.")
@client_options
def command(session: Session, state_dir: str | None, older_than: str | None, **given: Any) -> int:
    """Move finished runs out of the log into a file, whole; a row of each stays in its history.

    The file is written and read back first, then the daemon lets the events go; if none is running, this does it
    itself. Seals, references and what is audited stay as they were; `reglue audit import` reads the file. A run that
    another was resumed from stays as long as that one does, unless with --carry-details. Interrupt it when you like:
    no event is ever in neither place, and the next archive takes what is left.
    """
    directory = log_in(state_dir).parent
    if older_than is None and not given["compacts"]:
        raise BadInput("Say which runs: --older-than 90d takes those that ended more than 90 days ago.")
    if given["compacts"] and not given["is_dry"] and holder_of(directory) is not None:
        raise BadInput(f"--compact needs the log for itself: stop the daemon that holds {directory} first.")
    with _told():
        plan = _plan(directory, older_than, given) if older_than is not None else None
        if plan is not None and given["is_dry"]:
            return _show(session, {"plan": plan}, plan_page(plan, given["is_verbose"]))
        return _carried_out(session, directory, plan, given)


def _carried_out(session: Session, directory: Path, plan: Plan | None, given: dict[str, Any]) -> int:
    """Does what is asked for, and shows what came of it."""
    to = Path(given["to"]) if given["to"] else None
    options = Options(to, given["format"], given["carries"], given["keeps_logs"])
    if to is not None and given["to"].endswith(os.sep):
        to.mkdir(parents=True, exist_ok=True)
    done, compacted = None, None
    with turn(directory):
        cleared = clear_up(directory, directory / FOLDER if to is None else to if to.is_dir() else to.parent)
        if plan is not None and plan.leaving:
            with _keeper(session, directory) as keeper:
                done = archive(Task(directory, plan, options, progress_bar), keeper)
        if given["compacts"]:
            compacted = compact(directory)
    document = {"plan": plan, "done": done, "compacted": compacted, "cleared_directories": cleared}
    return _show(session, document, [*left_over(cleared), *_pages(plan, done, compacted, given["is_verbose"])])


def _pages(plan: Plan | None, done: Done | None, compacted: Compacted | None, is_verbose: bool) -> Iterator[Any]:
    if plan is not None:
        yield from done_page(plan, done, is_verbose)
    if compacted is not None:
        yield from compacted_page(compacted)


def _plan(directory: Path, older_than: str, given: dict[str, Any]) -> Plan:
    before = millis(since(older_than, datetime.now().astimezone()))
    with opened(directory / LOG_FILE) as log, log.still(), progress_bar("looking") as told:
        return plan_archive(log, Chosen(before, frozenset(given["workflows"]), given["carries"]), told)


@contextlib.contextmanager
def _keeper(session: Session, directory: Path) -> Iterator[Keeper]:
    """The daemon that holds the directory, or the engine's own parts where none does."""
    pid = holder_of(directory)
    if pid is None:
        settings = load_settings({"state_dir": str(directory)}, os.environ)
        with Offline(directory, make_signer(settings), f"cli:{getpass.getuser()}") as keeper:
            yield keeper
        return
    health = session.client.read("/healthz", _Health)
    if health.pid != pid:
        raise BadInput(
            f"The state directory {directory} is held by process {pid}, and the daemon at {session.client.endpoint} is "
            f"process {health.pid}. Name the right one with --endpoint, or the right directory with --state-dir."
        )
    yield _Daemon(session.client)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What may go wrong, as one sentence."""
    try:
        yield
    except (*_FAILURES, *UNREADABLE, ReglueError, SettingsError) as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BadInput(f"{where}{error.strerror or error}. No run was let go that is not in a whole file.") from error


def _show(session: Session, document: dict[str, Any], page: Any) -> int:
    if session.as_json:
        session.write(msgspec.to_builtins(document))
    else:
        session.show(*page)
    return 0
