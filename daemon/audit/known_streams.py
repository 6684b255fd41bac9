"""Where the streams stand that were met lately: the version and the chain of the newest event of each.

Memory does not grow with the log: a stream that was not met for long is forgotten, and looked up again in the log. It
goes by rows, so that one who begins in the middle of a log knows, from some rows on, the same streams as one who came
all the way; of the rows before that is kept as what their streams were taken to go on, for the other to compare.
"""

from collections.abc import Iterable

from events.proofs import UNCHAINED

KNOWN_ROWS = 50_000
"""The streams of the last so many rows are known, and those of as many before them."""

BEGINNING = (0, UNCHAINED)

GoesOn = tuple[bytes, int, bytes]
"""A stream, and the version and the chain of the event that it goes on from; the beginning if there is none."""


class KnownStreams:
    """The streams that were met from a position on; 0 for the beginning of the log."""

    def __init__(self, after: int) -> None:
        self.young: dict[bytes, tuple[int, bytes]] = {}
        """Those that were met lately: whoever follows the rows puts each there."""
        self.old: dict[bytes, tuple[int, bytes]] = {}
        """Those that were met before."""
        self._rows = 0
        self._looked_up: dict[bytes, tuple[int, bytes]] = {}
        # From the beginning on nothing was met before; there is nothing to compare.
        self._went_on: list[GoesOn] | None = None if after else []

    def passed(self, rows: int) -> None:
        """So many more rows were followed."""
        self._rows += rows
        if self._rows >= KNOWN_ROWS:
            self.forget()

    def forget(self) -> None:
        """Lets those go that were not met for long."""
        self._went_on = self.went_on()
        self.young, self.old, self._rows = {}, self.young, 0

    def looked_up(self, stream: bytes, found: tuple[int, bytes]) -> None:
        """A stream that was not known was looked up in the log."""
        if self._went_on is None:
            self._looked_up[stream] = found

    def went_on(self) -> list[GoesOn]:
        """As what the streams of the first rows were taken to go on."""
        if self._went_on is not None:
            return self._went_on
        return [(stream, *self._looked_up.get(stream, BEGINNING)) for stream in self.young]

    def go_on(self, streams: Iterable[GoesOn]) -> bool:
        """Whether each of these streams goes on as it stood before the last `forget`, as far as it is known."""
        old = self.old
        return all(old.get(stream, (version, chain)) == (version, chain) for stream, version, chain in streams)
