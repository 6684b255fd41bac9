"""Ids as they are shown and typed: 67 characters are too many, and the leading ones tell runs apart.

An id starts with its moment in milliseconds (`wr_` and 12 hex digits), so two ids differ there unless they were made
in the same millisecond. Shown are a few characters more (more for job runs: a fan-out starts many at once); any
beginning that fits one id alone is understood.
"""

import re

RUN_PREFIX = "wr_"
JOB_RUN_PREFIX = "jr_"
_SHORT_LENGTHS = {RUN_PREFIX: 17, JOB_RUN_PREFIX: 21}
LEAST_LENGTH = 6
_FULL = re.compile(r"[a-z]r_[0-9a-f]{64}(_attempt_\d+)?")
_MOMENT = re.compile(r"[a-z]r_([0-9a-f]{12})")
_BEGINNING = re.compile(r"[a-z]r_([0-9a-f]{1,12})")
_SUFFIX = re.compile(r"_attempt_\d+\Z")


def short(identifier: str) -> str:
    """The beginning of a run's or job run's id; a retry keeps its suffix `_attempt_N`."""
    stem, suffix = _split(identifier)
    return stem[: _SHORT_LENGTHS.get(stem[:3])] + suffix


def is_full(identifier: str) -> bool:
    """Whether this is a whole id, so that nothing needs to be looked up."""
    return _FULL.fullmatch(identifier) is not None


def matches(typed: str, identifier: str) -> bool:
    """Whether what was typed is a beginning of the id; the suffix of a retry must be typed whole."""
    stem, suffix = _split(identifier)
    typed_stem, typed_suffix = _split(typed)
    return suffix == typed_suffix and stem.startswith(typed_stem)


def moment_ms(identifier: str) -> int | None:
    """When the id was made, in milliseconds since the epoch; None if too little of it was typed."""
    found = _MOMENT.match(identifier)
    return int(found[1], 16) if found else None


def earliest_ms(typed: str) -> int:
    """The earliest moment of an id that begins so, in milliseconds since the epoch; 0 where nothing can be said."""
    found = _BEGINNING.match(typed)
    return int(found[1].ljust(12, "0"), 16) if found else 0


def _split(identifier: str) -> tuple[str, str]:
    suffix = _SUFFIX.search(identifier)
    return (identifier[: suffix.start()], suffix[0]) if suffix else (identifier, "")
