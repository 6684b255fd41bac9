"""Stories in files: what a specification recorded, as a log that audits read."""

from pathlib import Path

from daemon.engine import LOG_FILE, VIEWS_FILE
from events.ledger import Fact, Ledger
from events.reading import ReadOnlyLog
from projections.rebuild import catch_up
from projections.store import ViewStore
from tests.daemon.decisions.specification import Specification


def repaired() -> Specification:
    """Two runs: one that partly failed and was resumed, and one under way."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: B -> C").start().ends("A").ends("B", "FAILED")
    spec.resume("B").ends("B").ends("C")
    return spec.start().ends("A")


def kept(spec: Specification, directory: Path) -> Path:
    """A state directory with the story's log, and the rows made from it."""
    ledger = Ledger(directory / LOG_FILE)
    ledger.commit([Fact(r.stream, r.version, r.event) for r in spec.log.after(0)])
    ledger.close()
    views = ViewStore(directory / VIEWS_FILE)
    with ReadOnlyLog(directory / LOG_FILE) as log:
        catch_up(log, views)
    views.close()
    return directory
