"""What is on its way to the broker: events that were sent and not yet acknowledged, and how far all of them are.

Acknowledgements come in any order, but a position can only be told up to where every event has been acknowledged:
after a reconnect everything behind it is sent again. So an event may come twice and never not at all.
"""

from collections import OrderedDict


class Window:
    """The events in flight behind `watermark`, the position up to which the broker has acknowledged every event."""

    def __init__(self, watermark: int) -> None:
        self.watermark = watermark
        self.bytes = 0
        """How much is in flight."""
        self._sizes: OrderedDict[int, int] = OrderedDict()
        self._acknowledged: set[int] = set()

    def __len__(self) -> int:
        """How many events are in flight, with those that wait for an earlier one."""
        return len(self._sizes)

    @property
    def oldest(self) -> int | None:
        """The position of the first event that is not acknowledged."""
        return next(iter(self._sizes), None)

    def sent(self, position: int, size: int) -> None:
        """The event at a position, behind all that were sent before it, is on its way."""
        self._sizes[position] = size
        self.bytes += size

    def acknowledged(self, position: int) -> bool:
        """The broker has it. Answers whether the watermark has moved."""
        if position not in self._sizes:
            return False
        self._acknowledged.add(position)
        before = self.watermark
        while (oldest := self.oldest) is not None and oldest in self._acknowledged:
            self._acknowledged.remove(oldest)
            self.bytes -= self._sizes.pop(oldest)
            self.watermark = oldest
        return self.watermark > before
