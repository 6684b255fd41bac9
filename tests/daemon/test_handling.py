"""The handler: decides on memory at once, answers when the disk has it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from daemon import commands
from daemon.errors import AlreadyExists, EntityNotFound, LogUnavailable
from daemon.handling import Handler
from daemon.journal import Journal
from events.ledger import Fact
from projections.rebuild import reader
from projections.standing import Standing
from tests.daemon.disks import BusyDisk, impatient

pytestmark = pytest.mark.anyio


@pytest.fixture
def handler(journal: Journal) -> Handler:
    """A handler on an empty log."""
    return Handler(Standing(reader(journal._ledger)), journal, strict=False)


def workflow(name: str) -> commands.DefineWorkflow:
    """The command that makes a workflow."""
    return commands.DefineWorkflow(1, "api:test", b"", name, {})


def asked(handler: Handler, command: commands.Command) -> asyncio.Task[Any]:
    """A client that asks."""
    return asyncio.ensure_future(handler.handle(command))


async def turn() -> None:
    """Lets everything happen that does not wait for the disk."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_answer_comes_after_the_commit(handler: Handler, disk: BusyDisk) -> None:
    """While the disk is busy memory has moved on and nobody is answered; what is answered is on the disk."""
    disk.hold()
    task = asked(handler, workflow("W"))
    await turn()
    assert handler.standing.designs.workflow("W") is not None
    assert not task.done()
    disk.let_go()
    assert await task == "W"
    assert disk.streams() == ["workflow:W"]


async def test_effects_come_after_the_commit_and_before_the_answer(handler: Handler, disk: BusyDisk) -> None:
    """Who is told of committed facts hears of them when they are on the disk, with the position of the last."""
    told: list[tuple[list[str], int, list[str]]] = []

    def committed(facts: Sequence[Fact], position: int) -> None:
        told.append(([fact.stream for fact in facts], position, disk.streams()))

    handler.on_committed = committed
    await handler.handle(workflow("W"))
    assert told == [(["workflow:W"], 1, ["workflow:W"])]


async def test_commands_see_what_is_not_committed_yet(handler: Handler, disk: BusyDisk) -> None:
    """Two clients at once: the second is decided on what the first did."""
    disk.hold()
    first, second = asked(handler, workflow("W")), asked(handler, workflow("W"))
    await turn()
    assert not second.done()
    disk.let_go()
    assert await first == "W"
    with pytest.raises(AlreadyExists):
        await second
    assert disk.streams() == ["workflow:W"]


async def test_answer_without_events_waits_for_what_it_rests_on(handler: Handler, disk: BusyDisk) -> None:
    """The same job again needs no event, but its success must not be told before the job is on the disk."""
    job = commands.DefineJob(1, "api:test", b"", "J", {})
    disk.hold()
    first, second = asked(handler, job), asked(handler, job)
    await turn()
    assert not second.done()
    disk.let_go()
    assert (await first, await second) == ("J", "J")
    assert disk.streams() == ["job:J"]
    assert await handler.handle(job) == "J"


async def test_failed_commit_fails_all_that_rests_on_it(handler: Handler, disk: BusyDisk) -> None:
    """The command, an answer without events, and a refusal alike: none of them is given as if it were true."""
    failed: list[Exception] = []
    handler.on_failed = failed.append
    impatient(handler._journal._ledger)
    job = commands.DefineJob(1, "api:test", b"", "J", {})
    other = commands.DefineJob(1, "api:test", b"", "J", {"MaxRetries": 1})
    disk.hold()
    answers = await asyncio.gather(*(asked(handler, c) for c in (job, job, other)), return_exceptions=True)
    disk.let_go()
    assert [type(answer) for answer in answers] == [LogUnavailable] * 3
    assert "database is locked" in str(answers[0])
    assert [type(error) for error in failed] == [OSError]
    assert disk.streams() == []


async def test_refused_command_changes_nothing(handler: Handler, disk: BusyDisk) -> None:
    """An error of the decision is the caller's; nothing is queued."""
    with pytest.raises(EntityNotFound):
        await handler.handle(commands.StartRun(1, "api:test", b"", "W"))
    assert disk.streams() == []


async def test_closed_handler_refuses_with_its_reason(handler: Handler, disk: BusyDisk) -> None:
    """While it is closed every command gets the text that it was closed with; then they are decided again."""
    handler.close("The disk is full.")
    with pytest.raises(LogUnavailable, match=r"The disk is full\."):
        await handler.handle(workflow("W"))
    handler.open()
    assert await handler.handle(workflow("W")) == "W"


async def test_caller_that_left_changes_nothing(handler: Handler, disk: BusyDisk) -> None:
    """A client that is gone before the commit: its command is carried out all the same."""
    disk.hold()
    task = asked(handler, workflow("W"))
    await turn()
    task.cancel()
    disk.let_go()
    assert await handler.handle(workflow("V")) == "V"
    assert disk.streams() == ["workflow:W", "workflow:V"]


async def test_faulty_effect_keeps_nobody_from_an_answer(handler: Handler, disk: BusyDisk) -> None:
    """When carrying out one unit's facts fails, its client and those behind it are answered, and the fault is told."""
    faults: list[Exception] = []

    def committed(facts: Sequence[Fact], position: int) -> None:
        if facts[0].stream == "workflow:A":
            raise RuntimeError("faulty effect")

    handler.on_committed, handler.on_failed = committed, faults.append
    disk.hold()
    tasks = [asked(handler, workflow(name)) for name in ("A", "B")]
    await turn()
    disk.let_go()
    assert await asyncio.gather(*tasks) == ["A", "B"]
    assert [str(fault) for fault in faults] == ["faulty effect"]
