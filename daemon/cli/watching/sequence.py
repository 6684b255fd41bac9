"""Which positions of a log have been seen: finds what came twice and what is missing. Pure."""

from bisect import insort

MOST_GAPS = 1000
"""Gaps that are remembered; beyond that the oldest are given up."""


class Sequence:
    """The positions of one log from the first that was seen on. `gaps` are ranges that are missing, both ends in."""

    def __init__(self) -> None:
        self.highest = 0
        self.gaps: list[tuple[int, int]] = []

    def see(self, position: int) -> bool:
        """Take note of a position; False if it was seen before, or lies before the first."""
        if position > self.highest:
            if self.highest and position > self.highest + 1:
                self._miss(self.highest + 1, position - 1)
            self.highest = position
            return True
        return self._fill(position)

    def expect(self, head: int) -> None:
        """Take note that the log reaches up to `head`: what was not seen up to there is missing."""
        if not self.highest:
            self.highest = head
        elif head > self.highest:
            self._miss(self.highest + 1, head)
            self.highest = head

    def give_up(self, first: int, last: int) -> None:
        """Miss these positions no longer: they cannot be had."""
        self.gaps = [gap for gap in self.gaps if gap[1] < first or gap[0] > last]

    @property
    def missing(self) -> int:
        """How many positions are missing."""
        return sum(last - first + 1 for first, last in self.gaps)

    def _miss(self, first: int, last: int) -> None:
        self.gaps.append((first, last))
        del self.gaps[:-MOST_GAPS]

    def _fill(self, position: int) -> bool:
        for index, (first, last) in enumerate(self.gaps):
            if first <= position <= last:
                del self.gaps[index]
                for rest in ((first, position - 1), (position + 1, last)):
                    if rest[0] <= rest[1]:
                        insort(self.gaps, rest)
                return True
        return False
