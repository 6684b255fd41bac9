"""Short logs verified in two parts, as only long ones are: by another process, or by the same code without one, so that
very many logs can be tried."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from daemon.audit.chains import Followed
from daemon.audit.parts import SecondPart, look_at_second


class AtOnce:
    """The second part as it is looked at in this process, once the first is done."""

    def __init__(self, part: SecondPart | None) -> None:
        self._part = part
        self.done = 0

    def followed(self, told: Callable[[int], None]) -> Followed | None:
        """What is to be said of it."""
        return look_at_second(self._part, told) if self._part is not None else None


@contextmanager
def at_once(part: SecondPart | None) -> Iterator[AtOnce]:
    """Stands for `beside`, without a process."""
    yield AtOnce(part)


@contextmanager
def cut_short(rows: int = 2_000, with_process: bool = False) -> Iterator[None]:
    """While it lasts the shortest logs are cut in two, pages are of so many rows, and the streams of as many are known
    for sure."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("daemon.audit.parts.SHORTEST", 2)
        patch.setattr("daemon.audit.parts.HEAD_START", 0)
        if not with_process:
            patch.setattr("daemon.audit.verification.beside", at_once)
            patch.setattr("daemon.audit.parts.ROWS", rows)
            patch.setattr("daemon.audit.known_streams.KNOWN_ROWS", rows)
        yield
