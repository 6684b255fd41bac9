"""Waits for a run to end by questions that the daemon holds back until it has, and says meanwhile how far it is.

A daemon that is restarted meanwhile does not end the wait, because runs and jobs outlive it; only after
`MOST_SILENT_SECONDS` without an answer is it given up.
"""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.text import Text

from daemon.cli.client import path_to
from daemon.cli.documents import Run
from daemon.cli.failures import RUN_ENDED_BADLY, Unreachable
from daemon.cli.looks import plain
from daemon.cli.run_page import run_end
from daemon.cli.session import Session
from daemon.cli.short_ids import short
from daemon.cli.states import told

SHORTEST_SECONDS = 0.1
WATCHED_SECONDS = 2
"""How long a question is held back where somebody looks at how far the run is; else it is `UNWATCHED_SECONDS`."""
UNWATCHED_SECONDS = 20
RETRY_SECONDS = 2.0
MOST_SILENT_SECONDS = 60.0


def wait_for_end(session: Session, run_id: str, deadline: float | None = None) -> Run:
    """The run once it has ended, or as it is at the deadline (of `time.monotonic`). Raises Refused, or Unreachable
    after a minute without an answer."""
    longest = WATCHED_SECONDS if session.aside.is_terminal else UNWATCHED_SECONDS
    seconds = 0
    with session.aside.status(f"waiting for {short(run_id)}") as status:
        while True:
            asked = time.monotonic()
            run = _patient_read(session, run_id, seconds)
            now = time.monotonic()
            if run.completed_at is not None or (deadline is not None and now >= deadline):
                return run
            status.update(f"{plain(run.workflow)} {short(run_id)}: {told(run.statistics, run.total)}")
            left = longest if deadline is None else min(longest, deadline - now)
            # The daemon holds back by whole seconds; a last part of one is slept here, as is a daemon that does not.
            if (seconds and now - asked < SHORTEST_SECONDS) or left < 1:
                time.sleep(min(SHORTEST_SECONDS, max(left, 0)))
            seconds = int(left)


def report_begun(session: Session, document: dict[str, Any], lines: Sequence[Text], wait: bool) -> int | None:
    """Tell that a run began, for scripts as a document with its `run_id`, for people as lines; then maybe wait.

    Returns the exit code. After a wait the document has the run as its member `run`.
    """
    if not session.as_json:
        session.show(*lines)
    run = wait_for_end(session, document["run_id"]) if wait else None
    if session.as_json:
        body = session.client.read_raw(path_to("runs", run.run_id)) if run else None
        session.write(document | ({"run": msgspec.Raw(body)} if body else {}))
    elif run:
        session.show(*run_end(run, session.now(), session.command_line))
    return exit_code(run) if run else None


def exit_code(run: Run) -> int:
    """What `--wait` answers to scripts."""
    return 0 if run.outcome == "SUCCEEDED" else RUN_ENDED_BADLY


def _patient_read(session: Session, run_id: str, seconds: int) -> Run:
    deadline = time.monotonic() + MOST_SILENT_SECONDS
    told_so = False
    while True:
        try:
            return session.client.read(path_to("runs", run_id), Run, {"wait": seconds} if seconds else None)
        except Unreachable as error:
            if time.monotonic() > deadline:
                raise
            if not told_so:
                session.aside.print(
                    f"{error.message} Waiting for it up to {MOST_SILENT_SECONDS:.0f} s.", soft_wrap=True
                )
                told_so = True
            time.sleep(RETRY_SECONDS)
            seconds = 0
