"""Logs on the disk that runs are archived out of: a specification's story, kept step by step as a daemon keeps it."""

from pathlib import Path

from daemon.archive_commands import Archived, ArchiveRuns
from daemon.archiving import looked_up
from daemon.seal_commands import SealLog
from events.ledger import Fact, Ledger
from events.reading import Recorded
from events.seals import Seal
from tests.daemon.audit.tampering import event_of, seal
from tests.daemon.decisions.specification import Specification

DIGEST = "ab" * 32


class ArchivedLog:
    """A story, and the log on the disk that holds it. Close it before the file is read as it lies."""

    def __init__(self, spec: Specification, path: Path) -> None:
        self.spec = spec
        self.path = path
        self.ledger = Ledger(path)
        self.seal: Seal | None = None
        self.before: list[Recorded] = []
        """Every event that the log ever held."""

    def keep(self) -> None:
        """Writes what happened in the story since."""
        found = list(self.spec.log.after(self.ledger.position()))
        if found:
            self.ledger.commit([Fact(one.stream, one.version, one.event) for one in found])
            self.before += found

    def seal_all(self) -> None:
        """Has all that happened sealed."""
        self.keep()
        self.seal = seal(self.path, self.seal, self.ledger.position())
        self.spec.when(SealLog, event_of(self.seal))
        self.keep()

    def archive(self, *runs: str, carry: bool = False) -> Archived:
        """Has runs archived."""
        self.keep()
        standing = self.spec.standing
        candidates = tuple(looked_up(self.ledger, standing, run, self.spec.graph(run).version) for run in runs)
        answer: Archived = self.spec.when(ArchiveRuns, "old.jsonl", DIGEST, candidates, carry).answer
        self.keep()
        return answer

    def close(self) -> Path:
        """Closes the log; returns its path."""
        self.keep()
        self.ledger.close()
        return self.path


def repaired(path: Path) -> ArchivedLog:
    """Three runs, the first of which partly failed and was resumed as the second; all sealed, in seals of few
    events."""
    log = ArchivedLog(Specification("T1: -> A\nT2: A -> B\nT3: B -> C"), path)
    log.spec.start().ends("A").ends("B", "FAILED")
    log.seal_all()
    log.spec.resume("B").ends("B").ends("C")
    log.spec.start().ends("A").ends("B").ends("C")
    log.seal_all()
    return log
