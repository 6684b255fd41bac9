"""`reglue wait`: until runs have ended."""

import time

import click
import msgspec
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Run
from daemon.cli.failures import RUN_ENDED_BADLY, RUN_IN_ERROR, RUN_STOPPED, TIME_UP
from daemon.cli.lookup import run_of_any_workflow
from daemon.cli.run_page import run_line
from daemon.cli.session import Session, client_options
from daemon.cli.waiting import wait_for_end

_CODES = {"SUCCEEDED": 0, "PARTLY_FAILED": RUN_ENDED_BADLY, "STOPPED": RUN_STOPPED, "ERROR": RUN_IN_ERROR}
_WORST_FIRST = (TIME_UP, RUN_IN_ERROR, RUN_STOPPED, RUN_ENDED_BADLY, 0)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="How long to wait at most.")
@client_options
def command(session: Session, runs: tuple[str, ...], timeout: float | None) -> int:
    """Wait until every RUN has ended, and tell how. The exit code goes by the outcomes, not by Glue's status.

    \b
    0  every run SUCCEEDED
    1  a run PARTLY FAILED, although Glue calls it COMPLETED
    5  the time was up
    6  a run was STOPPED
    7  a run ended in ERROR

    Of several runs the worst counts: 5, then 7, 6, 1.
    """
    deadline = time.monotonic() + timeout if timeout is not None else None
    ids = list(dict.fromkeys(run_of_any_workflow(session.client, run) for run in runs))
    ended = []
    for run_id in ids:
        ended.append(wait_for_end(session, run_id, deadline))
        if not session.as_json:
            session.show(*run_line(ended[-1], session.now()))
    if session.as_json:
        session.write({"runs": [msgspec.Raw(session.client.read_raw(path_to("runs", run_id))) for run_id in ids]})
    late = [run for run in ended if run.completed_at is None]
    if late:
        session.aside.print(Text(f"{len(late)} of {len(ids)} runs had not ended after {timeout:g} s.", "yellow"))
    return next(code for code in _WORST_FIRST if any(_code(run) == code for run in ended))


def _code(run: Run) -> int:
    return TIME_UP if run.completed_at is None else _CODES.get(run.outcome, RUN_ENDED_BADLY)
