"""What a verification finds, and what it has seen."""

from typing import Literal

import msgspec

Kind = Literal["changed", "removed", "inserted", "reordered", "unsealed", "rewritten", "unsigned"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as reglue left it: `what` is wrong, and what that `means`. `position` is null where the
    seals as such are meant; stream and version are those of the event, as far as they are known. `file` is that of an
    archive if it is meant and not the log; `place` is `line 7` in it, or `row 7` of Parquet, and null if it is meant as
    such. Of what is gone it is the place where it was."""

    kind: Kind
    what: str
    means: str
    position: int | None = None
    stream: str | None = None
    version: int | None = None
    file: str | None = None
    place: str | None = None


class Report(msgspec.Struct, kw_only=True):
    """How a log stands the verification. Findings about single events come first, in order of position; `more` counts
    those that are not listed."""

    log: str
    events: int = 0
    position: int = 0
    elided: int = 0
    """Events that are not there but stand as hashes under seals: they were moved to an archive, or the log is one."""
    is_archive: bool = False
    """Whether the log was read from an archive: what it does not hold is elsewhere."""
    unchained: int = 0
    """Events from before there were chains."""
    seals: int = 0
    sealed_to: int = 0
    """The last position under a seal that fits; what follows is chained only."""
    signed_to: int | None = None
    """The last position under a seal with a good signature; null when no public key was given."""
    saved_to: int | None = None
    """The last position under a saved seal that the log still holds; null when none was given."""
    findings: list[Finding] = []
    more: int = 0
    seconds: float = 0.0

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
