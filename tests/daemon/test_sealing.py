"""The duty of sealing: when it seals, what a seal says, and that it goes on after restarts, refusals and kills."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daemon import commands
from daemon.audit.verification import Evidence, verify
from daemon.engine import LOG_FILE
from daemon.keys import KeyUnusable, public_key, signing_key
from daemon.sealing import Pace
from events.design import WorkflowChanged, WorkflowDefined
from events.ledger import Fact
from events.proofs import Tree, framed, leaf
from events.reading import ReadOnlyLog
from events.seals import Seal
from tests.daemon.clocks import StandingClock
from tests.daemon.disks import BusyDisk
from tests.daemon.engines import RunningEngine
from tests.daemon.key_files import key_files
from tests.events.old_logs import schema_1

pytestmark = pytest.mark.anyio
MINUTES = 60_000


async def run(running: RunningEngine) -> None:
    """One run of the workflow, to its end."""
    await running.ended(await running.ask(commands.StartRun, "W", {}))


async def due(running: RunningEngine, clock: StandingClock, minutes: int) -> Seal | None:
    """Time passes, and what is due then is done."""
    clock.time += minutes * MINUTES
    running.engine.sealing._deadlines.run_due()
    await running.idle()
    return running.engine.standing.seal


def root_of(state: Path, seal: Seal) -> str:
    """The root over a seal's range, read from the file."""
    tree = Tree()
    with ReadOnlyLog(state / LOG_FILE) as log:
        for page in log.pages(seal.first - 1, seal.last):
            tree.add(leaf(framed((row[0], row[2]), row[1], row[3], row[4])) for row in page)
    assert tree.size == seal.events
    return tree.root().hex()


async def test_log_is_sealed_some_time_after_its_first_open_event(tmp_path: Path) -> None:
    """Ten minutes after an event that no seal covers the log is sealed up to its newest; then all is quiet."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.define("W", "T1: -> A")
        await run(running)
        assert await due(running, clock, 9) is None
        last = running.ledger.position()
        seal = await due(running, clock, 1)
        assert seal is not None
        assert (seal.number, seal.first, seal.last, seal.chained) == (1, 1, last, last)
        assert seal.root == root_of(tmp_path, seal)
        assert await due(running, clock, 60) == seal
        await run(running)
        second = await due(running, clock, 10)
        assert second is not None
        assert (second.number, second.first, second.previous) == (2, last + 1, seal.hash)
        assert second.root == root_of(tmp_path, second)


async def test_log_is_sealed_when_many_events_came(tmp_path: Path) -> None:
    """As many events as the setting says are sealed at once, without waiting for time to pass."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        running.engine.sealing._pace = Pace(20, 600)
        await running.define("W", "T1: -> A")
        while running.ledger.position() < 20:
            await run(running)
        await running.until(lambda: running.engine.standing.seal is not None)


async def test_sealing_goes_on_after_a_restart(tmp_path: Path) -> None:
    """A daemon that starts on a log with open events seals those, from where the last seal ended."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.define("W", "T1: -> A")
        first = await due(running, clock, 10)
        await run(running)
    assert first is not None
    async with RunningEngine(tmp_path, clock) as running:
        assert running.engine.standing.seal == first
        seal = await due(running, clock, 10)
        assert seal is not None
        assert (seal.number, seal.first, seal.previous) == (2, first.last + 1, first.hash)
    async with RunningEngine(tmp_path, clock) as running:
        assert await due(running, clock, 60) == seal


async def test_sealing_can_be_turned_off(tmp_path: Path) -> None:
    """With 0 seconds there are no seals, however many events come."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        running.engine.sealing._pace = Pace(1, 0)
        await running.define("W", "T1: -> A")
        assert await due(running, clock, 600) is None


async def test_refused_seal_is_tried_again(tmp_path: Path) -> None:
    """While the log cannot be written there is no seal; when it can be again, there is."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.define("W", "T1: -> A")
        disk = BusyDisk(tmp_path / LOG_FILE)
        disk.hold()
        clock.time += 10 * MINUTES
        running.engine.sealing._deadlines.run_due()
        task = running.engine.sealing._task
        assert task is not None
        await task
        disk.let_go()
        disk.close()
        await running.idle()
        seal = await due(running, clock, 10)
        assert seal is not None
        assert seal.root == root_of(tmp_path, seal)


async def test_seals_are_signed_with_a_key(tmp_path: Path) -> None:
    """With a key each seal carries a signature over its text that the public key confirms, and no other text's."""
    private, public = key_files(tmp_path)
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        running.engine.sealing.signer = signing_key(private)
        await running.define("W", "T1: -> A")
        seal = await due(running, clock, 10)
    assert seal is not None
    key = public_key(public)
    assert seal.key_id == key.key_id
    assert key.has_signed(seal.text.encode(), bytes.fromhex(seal.signature))
    assert not key.has_signed(seal.text.replace("first 1", "first 2").encode(), bytes.fromhex(seal.signature))


def test_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    """A missing file, a file of something else, and a key of the wrong half are refused with the way out."""
    private, public = key_files(tmp_path)
    with pytest.raises(KeyUnusable, match=r"lost\.pem: cannot be read \(No such file"):
        signing_key(tmp_path / "lost.pem")
    with pytest.raises(KeyUnusable, match=r"no private key in PEM\. Make one: openssl genpkey"):
        signing_key(public)
    with pytest.raises(KeyUnusable, match=r"no public key in PEM\. Make one: openssl pkey"):
        public_key(private)


async def test_log_of_an_older_form_is_sealed_too(tmp_path: Path) -> None:
    """Events from before there were chains come under the first seal, which says how many of its events are chained."""
    old = [Fact("workflow:V", 1, WorkflowDefined(1, "api:test", "V", {}))]
    old += [Fact("workflow:V", version, WorkflowChanged(1, "api:test", {})) for version in range(2, 6)]
    schema_1(tmp_path / LOG_FILE, old)
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await running.define("W", "T1: -> A")
        seal = await due(running, clock, 10)
    assert seal is not None
    assert (seal.first, seal.chained) == (1, seal.events - 5)
    assert seal.root == root_of(tmp_path, seal)


@pytest.mark.parametrize(("moment", "seals"), [("before", 0), ("after", 1)])
async def test_daemon_that_is_killed_while_it_seals(tmp_path: Path, moment: str, seals: int) -> None:
    """A kill at the commit of a seal leaves it whole or not at all; the next daemon goes on, and the log is sound."""
    words = [sys.executable, "-m", "tests.daemon.doomed_sealing", str(tmp_path), moment]
    done = await asyncio.to_thread(subprocess.run, words, check=False)
    assert done.returncode == -signal.SIGKILL
    left = verify(tmp_path / LOG_FILE, Evidence())
    assert (left.findings, left.seals) == ([], seals)
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await run(running) if seals else None
        seal = await due(running, clock, 10)
    assert seal is not None
    assert seal.number == seals + 1
    whole = verify(tmp_path / LOG_FILE, Evidence([seal]))
    assert (whole.findings, whole.sealed_to, whole.saved_to) == ([], seal.last, seal.last)
