"""Group commit: units that are queued meanwhile share a transaction, and a conflict stops what follows it."""

import asyncio
from pathlib import Path

import pytest

from daemon.errors import LogUnavailable
from daemon.journal import MAX_BATCH, Journal
from events.design import TriggerActivated
from events.ledger import Fact, Ledger, VersionConflict
from tests.daemon.disks import BusyDisk

pytestmark = pytest.mark.anyio


class Fates:
    """What became of each unit: the position of its last fact, or its error."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.told: dict[str, int | Exception] = {}

    def append(self, *streams: str, version: int = 1) -> None:
        """Queues a unit of one fact per stream; the unit is called by the first."""
        facts = [Fact(stream, version, TriggerActivated(1, "x")) for stream in streams]

        def done(position: int, error: Exception | None) -> None:
            self.told[streams[0]] = error or position

        self.journal.append(facts, done)


@pytest.fixture
def fates(journal: Journal) -> Fates:
    """Appends to the journal and keeps what becomes of it."""
    return Fates(journal)


async def test_unit_is_told_its_position(journal: Journal, fates: Fates) -> None:
    """A unit hears of the position of its last fact when it is on the disk."""
    fates.append("a", "b", "c")
    fates.append("d")
    await journal.settled()
    assert fates.told == {"a": 3, "d": 4}


async def test_units_queued_meanwhile_share_a_commit(journal: Journal, fates: Fates, disk: BusyDisk) -> None:
    """While a commit is under way everything that comes is put into the next one."""
    before = disk.commits()
    disk.hold()
    for number in range(100):
        fates.append(f"s{number}")
    disk.let_go()
    await journal.settled()
    assert fates.told == {f"s{number}": number + 1 for number in range(100)}
    assert disk.commits() - before <= 2


async def test_large_queue_is_written_in_batches(journal: Journal, fates: Fates, disk: BusyDisk) -> None:
    """More facts than a batch takes go into several, in order and without a gap."""
    units = MAX_BATCH + 10
    disk.hold()
    for number in range(units):
        fates.append(f"s{number}", f"t{number}")
    disk.let_go()
    await journal.settled()
    assert list(fates.told.values()) == [2 * number + 2 for number in range(units)]


@pytest.mark.parametrize("guilty", [0, 1, 37, 98, 99])
async def test_conflict_refuses_itself_and_what_follows(
    journal: Journal, fates: Fates, disk: BusyDisk, guilty: int
) -> None:
    """Of a hundred units one conflicts: those before it are written, it and all later ones are refused."""
    fates.append("taken")
    await journal.settled()
    disk.hold()
    for number in range(100):
        fates.append("taken" if number == guilty else f"s{number}")
    disk.let_go()
    with pytest.raises(LogUnavailable):
        await journal.settled()
    assert disk.streams() == ["taken", *(f"s{number}" for number in range(guilty))]
    assert isinstance(fates.told.pop("taken"), VersionConflict)
    refused = [name for name, fate in fates.told.items() if isinstance(fate, VersionConflict)]
    assert refused == [f"s{number}" for number in range(guilty + 1, 100)]


async def test_units_are_refused_until_it_is_reopened(journal: Journal, fates: Fates, disk: BusyDisk) -> None:
    """After a failure nothing is written that was decided on what never came to be."""
    fates.append("a")
    await journal.settled()
    fates.append("a")
    with pytest.raises(LogUnavailable, match="Nothing was changed"):
        await journal.settled()
    fates.append("b")
    with pytest.raises(LogUnavailable):
        await journal.settled()
    assert disk.streams() == ["a"]
    journal.reopen()
    fates.append("c")
    await journal.settled()
    assert disk.streams() == ["a", "c"]


async def test_settled_waits_for_what_is_queued(journal: Journal, fates: Fates, disk: BusyDisk) -> None:
    """It returns at once when nothing is queued, and not before what was queued when it was asked."""
    await journal.settled()
    disk.hold()
    fates.append("a")
    waiting = asyncio.ensure_future(journal.settled())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    disk.let_go()
    await waiting
    assert disk.streams() == ["a"]


async def test_waiter_that_left_is_passed_over(journal: Journal, fates: Fates, disk: BusyDisk) -> None:
    """A caller that was cancelled while it waited does not trouble the others."""
    disk.hold()
    fates.append("a")
    left, stays = asyncio.ensure_future(journal.settled()), asyncio.ensure_future(journal.settled())
    await asyncio.sleep(0)
    left.cancel()
    disk.let_go()
    await stays
    assert left.cancelled()


async def test_empty_unit_waits_in_line(journal: Journal, fates: Fates, disk: BusyDisk) -> None:
    """A unit without facts is told when all before it are on the disk."""
    order: list[str] = []
    disk.hold()
    journal.append([Fact("a", 1, TriggerActivated(1, "x"))], lambda position, error: order.append("a"))
    journal.append((), lambda position, error: order.append("nothing"))
    disk.let_go()
    await journal.settled()
    assert order == ["a", "nothing"]


async def test_closing_writes_what_is_queued(log_path: Path) -> None:
    """Nothing that was queued is lost by closing, and everybody is told."""
    ledger = Ledger(log_path)
    fates = Fates(Journal(ledger))
    disk = BusyDisk(log_path)
    disk.hold()
    for number in range(50):
        fates.append(f"s{number}")
    disk.let_go()
    await fates.journal.close()
    assert len(fates.told) == 50
    assert len(disk.streams()) == 50
    disk.close()
    ledger.close()
