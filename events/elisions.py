"""Positions of a log that stand as hashes in place of rows.

What was moved out of a log leaves the hashes of the subtrees that it filled in the tree of its seal. So the seal's root
can be made as before, and whoever has the events that were moved can show that they are the ones. An archive is the
same the other way round: it has those events as rows, and all others as hashes.

A range lies in one seal, and its subtrees are counted from the first leaf of that. How subtrees are packed is a storage
format.
"""

from collections.abc import Iterable
from typing import NamedTuple

from events.proofs import Subtree

_HASH_BYTES = 32
_PACKED = 1 + _HASH_BYTES
_HIGHEST = 62


class Elided(NamedTuple):
    """The positions `first` to `last` have no rows; `nodes` are the subtrees over their events, in order."""

    first: int
    last: int
    nodes: tuple[Subtree, ...]

    @property
    def events(self) -> int:
        """How many events there were."""
        return self.last - self.first + 1

    @property
    def is_whole(self) -> bool:
        """Whether the subtrees stand for as many events as there are positions."""
        return sum(node.width for node in self.nodes) == self.events > 0

    @property
    def row(self) -> tuple[int, int, bytes]:
        """The range as it is stored: the values for `INSERT_ELIDED` (`events/log_file.py`)."""
        return self.first, self.last, packed(self.nodes)


def packed(nodes: Iterable[Subtree]) -> bytes:
    """Subtrees as they are stored: the binary logarithm of the width in a byte, then the hash, for each."""
    return b"".join(bytes((width.bit_length() - 1,)) + node for width, node in nodes)


def unpacked(body: object) -> tuple[Subtree, ...]:
    """The subtrees that were packed; none if that is not what the body holds."""
    if not isinstance(body, bytes) or len(body) % _PACKED:
        return ()
    pieces = [body[start : start + _PACKED] for start in range(0, len(body), _PACKED)]
    if any(piece[0] > _HIGHEST for piece in pieces):
        return ()
    return tuple(Subtree(1 << piece[0], piece[1:]) for piece in pieces)
