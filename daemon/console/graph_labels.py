"""Breaks the names of boxes into lines that fit: SVG breaks and shortens nothing by itself.

How wide a text is depends on the reader's font, so widths are guesses on the safe side: those of a wide bold font.
Names that are too long for two lines lose their middle, because names of one graph mostly differ at their ends.
"""

import unicodedata
from functools import lru_cache
from itertools import accumulate

ROOM = 8.9
"""How wide a line may be, in times the size of the font."""

ELLIPSIS = "…"
NAMES_KEPT = 4_096
_WIDTHS = {
    0.36: "ijlI.,:;'|!",
    0.47: "rtf-()[]/ ",
    1.02: "mMWw@%—…",
    0.79: "ABCDEFGHJKLNOPQRSTUVXYZ&",
}
_WIDTH_OF = {character: width for width, characters in _WIDTHS.items() for character in characters}
_USUAL = 0.69
_WIDE = 1.1
_BREAKS_AFTER = frozenset("-_./: ")


@lru_cache(maxsize=NAMES_KEPT)
def lines_of(name: str) -> tuple[str, ...]:
    """A name as one line, or as two: broken where it has a joint, shortened in its middle if it must be."""
    if _width(name) <= ROOM:
        return (name,)
    fitting = [at for at in _joints(name) if _width(name[:at].rstrip()) <= ROOM and _width(name[at:]) <= ROOM]
    if fitting:
        at = min(fitting, key=lambda at: abs(_width(name[:at]) - _width(name[at:])))
        return name[:at].rstrip(), name[at:]
    at = _fitting(name)
    at = max((joint for joint in _joints(name) if at / 2 <= joint <= at), default=at)
    return name[:at].rstrip(), _end_of(name[at:])


def _end_of(rest: str) -> str:
    """A text, or as much of its end as fits behind an ellipsis."""
    if _width(rest) <= ROOM:
        return rest
    count = _fitting(rest[::-1], ROOM - _width(ELLIPSIS))
    return ELLIPSIS + rest[len(rest) - count :]


def _joints(name: str) -> list[int]:
    """The places in a name where a line may end."""
    return [at for at in range(1, len(name)) if name[at - 1] in _BREAKS_AFTER]


def _fitting(text: str, room: float = ROOM) -> int:
    """How many characters from the beginning fit."""
    return sum(1 for width in accumulate(map(_width_of, text)) if width <= room)


def _width(text: str) -> float:
    return sum(map(_width_of, text))


def _width_of(character: str) -> float:
    known = _WIDTH_OF.get(character)
    if known is not None:
        return known
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _USUAL
