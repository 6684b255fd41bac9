"""How delivery to one broker goes, beyond single connections: the place in the log, and what was refused."""

import msgspec

from daemon.feed import Feed
from daemon.logs import get_logger
from daemon.mqtt.positions import Place, Positions

log = get_logger()


class Refusal(msgspec.Struct, frozen=True):
    """A message that the broker did not take, and why; `sequence` is the event's position, None for a state."""

    topic: str
    reason: str
    sequence: int | None = None


class Progress:
    """See the module."""

    def __init__(self, feed: Feed, positions: Positions, place: Place) -> None:
        self.feed = feed
        self.positions = positions
        self.place = place
        self.standing_before: Refusal | None = None
        """The event that was refused, in front of which delivery stands; None while it goes on."""
        self.last_refusal: Refusal | None = None
        self.refusals = 0
        self.published = 0
        self.one_by_one_until = 0
        """Up to this position events are sent one by one, to find the one that makes the broker hang up."""

    @property
    def lag(self) -> int:
        """How many events of the log are not acknowledged."""
        return max(0, self.feed.head - self.place.position)

    def begin(self, log_id: str) -> None:
        """The log has its first event, and so an id."""
        if not self.place.log_id:
            self.place.log_id = log_id

    def reached(self, position: int) -> None:
        """The broker has everything up to a position."""
        if position <= self.place.position:
            return
        self.published += position - self.place.position
        self.positions.moved(self.place, position)
        stood_before = self.standing_before
        if stood_before is not None and stood_before.sequence is not None and position >= stood_before.sequence:
            self.standing_before = None
            log.info("mqtt_accepted", sequence=stood_before.sequence, topic=stood_before.topic)

    def refuse(self, refusal: Refusal) -> None:
        """The broker did not take a message. Each is told once, however often it is tried."""
        self.refusals += 1
        known = self.standing_before if refusal.sequence is not None else self.last_refusal
        if known != refusal:
            log.warning("mqtt_refused", topic=refusal.topic, reason=refusal.reason, sequence=refusal.sequence)
        self.last_refusal = refusal
        if refusal.sequence is not None:
            self.standing_before = refusal

    def came_to_nothing(self, last: Refusal, *, alone: bool) -> None:
        """A connection ended before anything on it was acknowledged, the last thing sent being this. An event that
        was on its way alone, more than once, is told like one that was refused."""
        assert last.sequence is not None
        is_suspect = alone and last.sequence <= self.one_by_one_until
        self.one_by_one_until = max(self.one_by_one_until, last.sequence)
        if is_suspect:
            self.refuse(Refusal(last.topic, f"The connection ended on {last.reason}", last.sequence))
