"""A message as the daemon hears it, whatever carried it."""

from typing import NamedTuple


class Heard(NamedTuple):
    """What somebody published. `retained` says that the broker had kept it; the rest is what MQTT 5 adds, as far as it
    was given: where an answer is awaited and by what it is known, and the user properties."""

    topic: str
    payload: bytes
    retained: bool = False
    response_topic: str = ""
    correlation: bytes = b""
    about: tuple[tuple[str, str], ...] = ()
