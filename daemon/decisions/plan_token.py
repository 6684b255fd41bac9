"""Tokens of resume plans: the same plan has the same token, and the run that carries it out the same digits.

A token is `plan_`, the moment of the plan (12 hex digits of milliseconds), and 52 hex digits of hashes, one for each
part of what the plan rests on. So a plan that no longer holds can be compared with its token part by part, without the
daemon having kept it.
"""

import hashlib
import re
from collections.abc import Mapping

from events.vocabulary import RUN_ID_PREFIX, StreamId

PLAN_PREFIX = "plan_"
_DIGITS = {"resumes": 10, "run": 10, "picks": 12, "design": 10, "properties": 10}
"""Each part of a plan, in the token's order, with the digits of its hash."""

_FORM = re.compile(PLAN_PREFIX + "([0-9a-f]{12})([0-9a-f]{52})")


def token_of(at: int, run: StreamId, parts: Mapping[str, object]) -> str:
    """The token of a plan for a run, made at a moment. `parts` holds what each part of it rests on, as values whose
    `repr` says all of them."""
    hashes = (_hash(f"{at}\0{run}\0{name}\0{parts[name]!r}", digits) for name, digits in _DIGITS.items())
    return f"{PLAN_PREFIX}{at:012x}{''.join(hashes)}"


def moment_of(token: str) -> int | None:
    """When the plan was made; None for what is no token."""
    found = _FORM.fullmatch(token)
    return int(found[1], 16) if found else None


def run_of(token: str) -> StreamId:
    """The id of the run that carries the plan out."""
    return RUN_ID_PREFIX + token.removeprefix(PLAN_PREFIX)


def differing(token: str, other: str) -> list[str]:
    """The parts in which two tokens of one moment differ."""
    found, place = [], len(PLAN_PREFIX) + 12
    for name, digits in _DIGITS.items():
        if token[place : place + digits] != other[place : place + digits]:
            found.append(name)
        place += digits
    return found


def _hash(text: str, digits: int) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
