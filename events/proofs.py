"""How the log proves itself: the chain that links each event to the one before it in its stream, and the tree of hashes
over a range of the log.

The chain is cheap enough to be made with every event, so it shows which event was changed. But whoever can write the
file can make it anew; what they cannot make anew is a seal (`events/seals.py`) that is kept elsewhere. These hashes are
a storage format: none of this may change for logs that are there.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b, sha256
from struct import Struct
from typing import NamedTuple

CHAIN_BYTES = 16
UNCHAINED = bytes(CHAIN_BYTES)
"""Stands for what came before the first event of a stream, and before the first after those of a log that was begun
without chains."""

FRAME = Struct(">QQHH").pack
_CHAIN = blake2b(digest_size=CHAIN_BYTES)
LEAF, _NODE = b"\0", b"\1"
_BLOCK = 64


class StoredRow(NamedTuple):
    """An event as its row holds it. Stream and topic are UTF-8, `chain` is None in rows from before there were any."""

    position: int
    stream: bytes
    version: int
    topic: bytes
    state: bytes
    chain: bytes | None = None


def framed(place: tuple[int, int], stream: bytes, topic: bytes, state: bytes) -> bytes:
    """What is hashed of an event, whose `place` is its position and its version in the stream: two rows that differ in
    anything give different bytes."""
    return b"".join((FRAME(*place, len(stream), len(topic)), stream, topic, state))


def link(*parts: bytes) -> bytes:
    """The chain of an event, made of that of the event before it in its stream (`UNCHAINED` if there is none) and of
    its frame, which may come in pieces."""
    chain = _CHAIN.copy()  # which is faster than to make one by its arguments
    chain.update(b"".join(parts))
    return chain.digest()


def leaf(frame: bytes) -> bytes:
    """An event as a leaf of the tree: RFC 6962, section 2.1."""
    return sha256(LEAF + frame).digest()


class Subtree(NamedTuple):
    """A full tree over `width` leaves (a power of two), by its hash alone."""

    width: int
    hash: bytes


class Misplaced(Exception):
    """A subtree does not stand where the tree above could have it."""


class Tree:
    """The Merkle tree of RFC 6962 over leaves that arrive in order; it keeps no more than two hashes a level.

    Leaves may come as the hashes of subtrees over them. With a `start` it is only a part of a tree, from the leaf of
    that number on: then there is no root, but the `subtrees` that stand for the part.
    """

    def __init__(self, start: int = 0) -> None:
        self._peaks: list[bytes] = []
        self._start = start
        self.size = 0

    def add(self, leaves: Iterable[bytes]) -> None:
        """Takes the next leaves. Where whole blocks of them fit, they are hashed level by level, which is the fastest
        that Python does."""
        given = list(leaves)
        start = min(-(self._start + self.size) % _BLOCK, len(given))
        self._push(given[:start], 1)
        while len(given) - start >= _BLOCK:
            level = given[start : start + _BLOCK]
            while len(level) > 1:
                pairs = iter(level)
                level = [sha256(_NODE + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            self._push(level, _BLOCK)
            start += _BLOCK
        self._push(given[start:], 1)

    def graft(self, subtrees: Iterable[Subtree]) -> None:
        """Takes the next leaves as subtrees. Raises Misplaced for one that cannot stand there."""
        for width, node in subtrees:
            if width < 1 or width & (width - 1) or (self._start + self.size) % width:
                raise Misplaced(f"A subtree over {width} leaves cannot begin at leaf {self._start + self.size}.")
            self._push((node,), width)

    def _push(self, nodes: Iterable[bytes], width: int) -> None:
        """Takes the roots of full trees of so many leaves each."""
        for node in nodes:
            self.size += width
            end, whole = self._start + self.size, 2 * width
            while not end % whole and whole <= self.size:
                node = sha256(_NODE + self._peaks.pop() + node).digest()
                whole *= 2
            self._peaks.append(node)

    def subtrees(self) -> tuple[Subtree, ...]:
        """The largest subtrees that the leaves fill, in order."""
        return tuple(map(Subtree, _widths(self._start, self._start + self.size), self._peaks))

    def root(self) -> bytes:
        """The hash that stands for all leaves in their order."""
        if not self._peaks:
            return sha256().digest()
        *rest, node = self._peaks
        for peak in reversed(rest):
            node = sha256(_NODE + peak + node).digest()
        return node


def _widths(start: int, end: int) -> Iterator[int]:
    """How many leaves each of the largest subtrees has that lie between two leaves."""
    while start < end:
        width = 1 << (end - start).bit_length() - 1
        width = min(width, start & -start) if start else width
        yield width
        start += width
