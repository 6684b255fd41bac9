"""The persisted rows after a crash at the worst moment: never ahead of the log, and no event is taken twice."""

from pathlib import Path

from events.design import Event, JobChanged, JobDefined
from events.ledger import Fact, Ledger
from events.runs import JobRunRequested, NodeStarted
from events.vocabulary import Cause
from projections.rebuild import catch_up
from projections.standing import Standing
from projections.store import ViewStore

JOB_STREAM = "job:J"
DEFINED = JobDefined(1, "test", "J", {"Description": "first"}, {})
CHANGED = JobChanged(2, "test", {"Description": "second"})


class Daemon:
    """As much of a daemon as keeps rows: what is applied stands in memory, what is committed is in the log as well."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(folder / "log.db")
        self.views = ViewStore(folder / "views.db")
        self.standing: Standing = catch_up(self.ledger, self.views)

    def apply(self, stream: str, event: Event) -> Fact:
        """Decided, and not yet on the disk."""
        return Fact(stream, self.standing.apply(stream, event), event)

    def commit(self, *facts: Fact) -> None:
        """On the disk, and noted for the rows."""
        self.views.note(facts, self.ledger.commit(facts), self.standing)

    def die(self) -> None:
        """What was not flushed is gone."""
        self.views.close()
        self.ledger.close()


def test_definitions_rows_are_not_ahead_of_the_log(tmp_path: Path) -> None:
    """A change that was decided but never reached the log is not in the rows, although the rows were written then."""
    daemon = Daemon(tmp_path)
    defined = daemon.apply(JOB_STREAM, DEFINED)
    daemon.apply(JOB_STREAM, CHANGED)
    daemon.commit(defined)
    daemon.views.flush()
    daemon.die()
    job = Daemon(tmp_path).standing.designs.job("J")
    assert job is not None
    assert (job.version, job.body) == (1, {"Description": "first"})


def test_definitions_that_the_rows_hold_are_not_taken_twice(tmp_path: Path) -> None:
    """A definition keeps its version when its row was written beside that of a run which had to wait."""
    daemon = Daemon(tmp_path)
    run, attempt = "jr_1", NodeStarted(2, "test", "JOB:J", "jr_1", 0, job_version=1)
    requested = daemon.apply(run, JobRunRequested(2, "test", "J", Cause("API")))
    daemon.apply(run, attempt)
    daemon.commit(requested)
    daemon.commit(daemon.apply(JOB_STREAM, DEFINED))
    daemon.views.flush()
    daemon.die()
    job = Daemon(tmp_path).standing.designs.job("J")
    assert job is not None
    assert job.version == 1
