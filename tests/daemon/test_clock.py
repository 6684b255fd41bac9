"""The daemon's clock when the computer's is set, and what hangs on it: timeouts."""

import pytest

from daemon.clock import SystemClock
from daemon.deadlines import Deadlines

SECOND = 1_000
HOUR = 3_600 * SECOND
NANOSECONDS = 1_000_000


class Computer:
    """A computer's two clocks, in milliseconds: the one that people set, and the one that only goes on."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_700_000_000_000, 5_000
        self.clock = SystemClock(lambda: self.wall * NANOSECONDS, lambda: self.steady * NANOSECONDS)

    def pass_time(self, milliseconds: int) -> None:
        """Both go on."""
        self.wall += milliseconds
        self.steady += milliseconds

    def suspend(self, milliseconds: int) -> None:
        """The computer sleeps: the steady clock stands."""
        self.wall += milliseconds


@pytest.fixture
def computer() -> Computer:
    """Its clocks agree."""
    return Computer()


def test_clock_is_the_computers(computer: Computer) -> None:
    """As long as nobody sets it back the time is the computer's, suspensions and jumps ahead included."""
    for change in (computer.pass_time, computer.suspend):
        change(SECOND)
        assert computer.clock.now() == computer.wall


@pytest.mark.parametrize("back", [1, SECOND, HOUR])
def test_time_goes_on_when_the_clock_is_set_back(computer: Computer, back: int) -> None:
    """Time neither goes back nor stands still, and is the computer's again when that has caught up."""
    before = computer.clock.now()
    computer.wall -= back
    assert computer.clock.now() == before
    computer.pass_time(SECOND)
    assert computer.clock.now() == before + SECOND
    computer.suspend(back + HOUR)
    assert computer.clock.now() == computer.wall


@pytest.mark.anyio
async def test_timeout_is_kept_when_the_clock_is_set_back(computer: Computer) -> None:
    """What falls due in a minute falls due in a minute, though the clock was set back by an hour."""
    deadlines, called = Deadlines(computer.clock), list[str]()
    deadlines.set("attempt", computer.clock.now() + 60 * SECOND, lambda: called.append("due"))
    computer.wall -= HOUR
    computer.pass_time(59 * SECOND)
    assert deadlines.run_due() == 0
    computer.pass_time(SECOND)
    assert deadlines.run_due() == 1
    assert called == ["due"]
