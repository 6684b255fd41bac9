"""The rows of the views as one daemon keeps them: opened, brought up to date, written now and then, made anew.

Rows are made from the log and can be made from it again, so damaged or outdated ones are no fault that a client hears
of: they are replaced. What happened is noted here after each commit and written a moment later, for many commits at
once.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from daemon.logs import get_logger
from events.ledger import Fact, Ledger
from events.log_file import UnreadableLog
from projections.rebuild import catch_up
from projections.standing import Standing
from projections.store import StaleViews, ViewStore

FLUSH_SECONDS = 0.05
RETRY_SECONDS = 2.0
FELT = 100_000
"""A start that has to read more events than this takes long enough for people to wonder."""

Found = TypeVar("Found")
log = get_logger()


class Rows:
    """The rows at `path`, or in memory where there is no path. `open` them first, and again to read all anew."""

    def __init__(self, path: Path | None, ledger: Ledger) -> None:
        self._path = path
        self._ledger = ledger
        self._views: ViewStore | None = None
        self._flush: asyncio.TimerHandle | None = None

    def open(self) -> Standing:
        """Opens the rows and brings them up to the end of the log. Returns how things stand there.

        Raises UnreadableLog, StaleViews and OSError; rows that were open before are then used on.
        """
        views, standing = self._opened()
        if self._views is not None:
            self._views.close()
        self._views = views
        standing.references.checkpoint = lambda run_id: self._open_views.checkpoint(run_id)
        standing.resumes.persisted = lambda run_id: self.use(lambda views: views.resumes_of(run_id))
        return standing

    @property
    def position(self) -> int:
        """The log's position up to which everything has been noted."""
        return self._open_views.noted

    def use(self, question: Callable[[ViewStore], Found]) -> Found:
        """Uses the rows; those that turn out to be damaged are made anew from the log, and used then."""
        try:
            return question(self._open_views)
        except StaleViews as error:
            self._open_views.close()
            self._views = self._emptied(error)
            catch_up(self._ledger, self._views)
            return question(self._views)

    def note(self, facts: Sequence[Fact], position: int, standing: Standing) -> None:
        """Takes the facts of one commit, to be written soon; must be called on the running loop."""
        self._open_views.note(facts, position, standing)
        standing.noted(facts)
        if self._open_views.takes_out:
            self._write()  # rows that go cannot be laid over what the file says
        else:
            self._write_in(FLUSH_SECONDS)

    def close(self) -> None:
        """Writes what was noted, where it can be written, and closes."""
        self._write()
        if self._flush is not None:
            self._flush.cancel()
        self._open_views.close()

    @property
    def _open_views(self) -> ViewStore:
        assert self._views is not None, "rows are opened before they are used"
        return self._views

    def _write_in(self, seconds: float) -> None:
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(seconds, self._write)

    def _write(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        pause = FLUSH_SECONDS
        try:
            self.use(ViewStore.flush)
        except OSError as error:
            pause = RETRY_SECONDS
            log.warning("views_not_written", reason=str(error))
        if self._open_views.is_behind:
            self._write_in(pause)

    def _opened(self) -> tuple[ViewStore, Standing]:
        """The rows and the standing; rows that cannot be used are made anew from the log."""
        try:
            views = ViewStore(self._path)
            _refuse_lost_log(views, self._ledger)
            return views, self._caught_up(views)
        except StaleViews as error:
            views = self._emptied(error)
            return views, self._caught_up(views)

    def _caught_up(self, views: ViewStore) -> Standing:
        behind = self._ledger.position() - views.position
        if behind > FELT:
            log.info("views_catching_up", events=behind)
        return catch_up(self._ledger, views)

    def _emptied(self, error: StaleViews) -> ViewStore:
        """New rows in place of those that cannot be used."""
        log.warning("views_rebuilt", reason=str(error))
        for suffix in ("", "-wal", "-shm") if self._path is not None else ():
            assert self._path is not None
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        return ViewStore(self._path)


def _refuse_lost_log(views: ViewStore, ledger: Ledger) -> None:
    """An empty log beside rows that were made from one was cut off: to make the rows anew would hide that."""
    if views.position and not ledger.position():
        raise UnreadableLog(
            f"log.db is empty, but views.db beside it was made from {views.position} events: the log was lost or cut "
            "off. Restore log.db from a copy; to begin anew, delete views.db too."
        )
