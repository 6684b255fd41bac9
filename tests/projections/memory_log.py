"""A log in memory, for rules that need none on a disk: it keeps what the catalogue makes of each event.

Events that were moved to an archive are not read again, as they are not there in a log on a disk.
"""

from collections.abc import Iterator, Sequence

from events.archives import RunArchived
from events.catalogue import decode, encode
from events.ledger import Fact
from events.reading import Recorded
from events.vocabulary import StreamId


class MemoryLog:
    """Appends facts as stored names and bodies; reads them back decoded, as `projections.rebuild.Log` wants it."""

    def __init__(self) -> None:
        self.rows: list[tuple[StreamId, int, str, bytes]] = []
        self.reads = 0
        self._streams: dict[StreamId, list[int]] = {}
        self._moved: dict[StreamId, int] = {}

    def append(self, facts: Sequence[Fact]) -> int:
        """Appends facts; a stream's versions must follow each other. Returns the last position."""
        for fact in facts:
            places = self._streams.setdefault(fact.stream, [])
            assert fact.version == len(places) + 1, f"{fact} does not follow version {len(places)}"
            places.append(len(self.rows))
            if isinstance(fact.event, RunArchived):
                self._moved[fact.stream] = fact.event.events
            self.rows.append((fact.stream, fact.version, *encode(fact.event)))
        return len(self.rows)

    def position(self) -> int:
        """The position of the newest event."""
        return len(self.rows)

    def after(self, position: int, until: int | None = None) -> Iterator[Recorded]:
        """Every event after a position."""
        end = until if until is not None else len(self.rows)
        return (self._recorded(place) for place in range(position, end) if not self._is_moved(place))

    def stream(self, stream: StreamId, up_to: int | None = None) -> list[Recorded]:
        """The events of one stream; counts how often it is asked."""
        self.reads += 1
        return [self._recorded(place) for place in self._streams.get(stream, [])[self._moved.get(stream, 0) : up_to]]

    def streams(self) -> list[StreamId]:
        """Every stream, in order of its first event."""
        return list(self._streams)

    def until(self, position: int) -> "MemoryLog":
        """The log as it was at a position."""
        earlier = MemoryLog()
        earlier.append([Fact(r.stream, r.version, r.event) for r in self.after(0, position)])
        return earlier

    def bytes_of(self, stream: StreamId) -> int:
        """How many bytes the bodies of a stream take."""
        return sum(len(self.rows[place][3]) for place in self._streams.get(stream, []))

    def _is_moved(self, place: int) -> bool:
        stream, version, _, _ = self.rows[place]
        return version <= self._moved.get(stream, 0)

    def _recorded(self, place: int) -> Recorded:
        stream, version, name, body = self.rows[place]
        return Recorded(place + 1, stream, version, decode(name, body))
