"""What the monitor knows at a moment: daemons, workflows, runs, the newest events. Filled by `fold` alone."""

from collections import deque

from daemon.cli.watching.payloads import DaemonState, Event, Head, WorkflowState
from daemon.cli.watching.run_view import RunView
from daemon.cli.watching.sequence import Sequence

EVENTS_KEPT = 2000
ENDED_RUNS_KEPT = 500


class Board:
    """Belongs to whoever folds messages into it."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.daemons: dict[str, DaemonState] = {}
        self.head: Head | None = None
        self.workflows: dict[str, WorkflowState] = {}
        self.runs: dict[str, RunView] = {}
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.sequences: dict[str, Sequence] = {}
        self.log_id = ""
        self.gap_from: int | None = None
        self.gap_since = 0.0
        """The first position that is missing, and since when it is that one, by the monotonic clock."""
        self.unreadable = 0
        self.lost = 0
        self.version = 0
        """Grows with every change."""

    @property
    def sequence(self) -> Sequence:
        """The positions seen of the log that is being written."""
        return self.sequences.setdefault(self.log_id, Sequence())

    @property
    def daemon(self) -> DaemonState | None:
        """The daemon that speaks here: one that is online before one that is not, the newest session first."""
        ranked = sorted(self.daemons.values(), key=lambda one: (one.status == "online", one.session))
        return ranked[-1] if ranked else None

    def runs_of(self, workflow: str | None) -> list[RunView]:
        """The runs of a workflow, or of all, newest first, those that are active before the others."""
        chosen = [run for run in self.runs.values() if workflow is None or run.row.workflow == workflow]
        chosen.sort(key=lambda run: run.run_id, reverse=True)
        return sorted(chosen, key=lambda run: not run.is_active)

    def look_at_gaps(self, at: float) -> None:
        """Note since when the first gap has been there: one that moves on is only the log being ahead of the broker."""
        gaps = self.sequence.gaps
        first = gaps[0][0] if gaps else None
        if first != self.gap_from:
            self.gap_from, self.gap_since = first, at

    def bound(self) -> None:
        """Forget the oldest of the runs that ended, if there are many."""
        if len(self.runs) <= ENDED_RUNS_KEPT:
            return
        ended = sorted(run_id for run_id, run in self.runs.items() if not run.is_active)
        for run_id in ended[: len(self.runs) - ENDED_RUNS_KEPT]:
            del self.runs[run_id]
