"""What all of Glue's answers share: times as epoch seconds with milliseconds, and absent members left out."""

from typing import Any


def seconds(milliseconds: int | None) -> float | None:
    """A moment as Glue writes it, a JSON number of seconds since the epoch; None stays None."""
    return None if milliseconds is None else milliseconds / 1000


def present(members: dict[str, Any]) -> dict[str, Any]:
    """The members that are not None: Glue leaves out what is absent."""
    return {name: value for name, value in members.items() if value is not None}
