"""The publisher with the broker that comes with the daemon: what monitors hear, whatever happens on the way."""

import asyncio
import itertools
import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from daemon import commands
from daemon.mqtt.broker import EmbeddedBroker
from daemon.mqtt.delivery import MOST_IN_FLIGHT
from daemon.mqtt.positions import POSITIONS_FILE, Positions
from daemon.mqtt.retained import MOST_REMEMBERED
from events.runs import RunStopAsked
from events.seals import from_document
from tests.bench.history import record
from tests.bench.workflows import layered
from tests.daemon.clocks import StandingClock
from tests.daemon.engines import RunningEngine
from tests.daemon.mqtt.contract import state_faults
from tests.daemon.mqtt.following import EVENTS, STATES, Monitor, Proxy, Remembering, access, following, until

pytestmark = pytest.mark.anyio

CHAIN = "T1: -> A\nT2: A -> B"


def embedded(broker: EmbeddedBroker) -> str:
    """The broker's address as the settings name it."""
    return broker.url.replace("mqtt://", "embedded://")


async def test_every_event_arrives_in_order(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """What was in the log before, and what is committed while the publisher follows, arrives once and in order."""
    async with RunningEngine(tmp_path) as running, Monitor(broker.url, EVENTS) as monitor:
        await running.define("W", CHAIN)
        async with following(running, access(embedded(broker))) as follower:
            for _ in range(3):
                await running.ended(await running.ask(commands.StartRun, "W"))
            await follower.caught_up()
            head = running.engine.feed.head
            await until(lambda: len(monitor.sequences) >= head)
            assert monitor.sequences == list(range(1, head + 1))
            assert follower.health["state"] == "connected"
            assert (follower.health["position"], follower.health["published"]) == (head, head)


@pytest.mark.slow
async def test_a_proxy_that_cuts_loses_nothing(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """20,000 events through connections that are cut at random points: none is missing, duplicates are bounded by what
    was in flight, the order is broken by nothing but going back, and the position never goes back."""
    await asyncio.to_thread(record, tmp_path, layered("layers", 30), 20_000 // 90)
    async with RunningEngine(tmp_path) as running, Monitor(broker.url, EVENTS) as monitor, Proxy(broker.url) as proxy:
        head = running.engine.feed.head
        proxy.dice = random.Random(7)
        positions = Remembering()
        async with following(running, access(proxy.url), positions) as follower:
            await until(lambda: follower.place.position > head // 2, lambda: follower.health)
            proxy.dice = None
            await follower.caught_up()
            assert positions.moves == sorted(positions.moves)
            sequences = monitor.sequences
            head = running.engine.feed.head
            everything = set(range(1, head + 1))
            await until(lambda: everything <= set(sequences) or monitor.lost, lambda: everything - set(sequences))
        assert not monitor.lost
        assert proxy.cuts > 5
        assert set(sequences) == everything
        assert len(sequences) - head <= MOST_IN_FLIGHT * proxy.cuts
        backwards = sum(later <= earlier for earlier, later in itertools.pairwise(sequences))
        assert backwards <= proxy.cuts


async def test_the_next_daemon_goes_on_where_one_was_killed(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """A publisher that vanishes in the middle leaves a position from which the next one goes on."""
    await asyncio.to_thread(record, tmp_path, layered("layers", 30), 20)
    path = tmp_path / POSITIONS_FILE
    async with RunningEngine(tmp_path) as running, Monitor(broker.url, EVENTS) as monitor:
        head = running.engine.feed.head
        async with following(running, access(embedded(broker)), Positions(path)) as follower:
            await until(lambda: follower.place.position > head // 3)
            await follower.positions.save()
            await follower.vanish()
        async with following(running, access(embedded(broker)), Positions(path)) as follower:
            assert 0 < follower.place.position < head
            assert follower.health["session"] == 0
            await follower.caught_up()
            assert follower.health["session"] == 2
        await until(lambda: len(set(monitor.sequences)) == head)


async def test_a_broker_that_hangs_holds_nobody(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """While a broker takes everything and answers nothing, runs go on and nothing but the window is in flight."""
    async with RunningEngine(tmp_path) as running, Proxy(broker.url) as proxy:
        await running.define("W", CHAIN)
        async with following(running, access(proxy.url)) as follower:
            await follower.caught_up()
            proxy.hold()
            async with asyncio.timeout(30):
                for _ in range(20):
                    await running.ended(await running.ask(commands.StartRun, "W"))
            assert follower.health["lag"] > 0
            assert len(follower.publisher._progress.feed.page(follower.place.position, 1)) == 1
            proxy.cut()
            proxy._open.set()
            await follower.caught_up()


async def test_birth_will_and_goodbye(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """A daemon is online with a session number; cut off, the broker says offline with the same number; back, the
    number is higher; stopped, it says so itself."""
    own = "state/daemon/here-1"
    async with RunningEngine(tmp_path) as running, Proxy(broker.url) as proxy, Monitor(broker.url, STATES) as monitor:
        await running.define("W", CHAIN)
        async with following(running, access(proxy.url)) as follower:
            born = await monitor.until_last(own, lambda state: state and state["status"] == "online")
            assert born["session"] == 1
            assert (born["version"], born["url"]) == ("1.2.3", "http://127.0.0.1:1")
            proxy.cut()
            await monitor.until_last(own, lambda state: state["session"] == 2 and state["status"] == "online")
            told = [json.loads(payload) for topic, payload in monitor.heard if topic.endswith(own)]
            assert [(state["status"], state["session"]) for state in told] == [
                ("online", 1),
                ("offline", 1),
                ("online", 2),
            ]
            await follower.caught_up()
        await monitor.until_last(own, lambda state: state["status"] == "stopped" and state["session"] == 2)


async def test_states_of_workflows_and_runs(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """A late monitor reads how everything stands: head, workflows and runs; a deleted workflow's state is cleared."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN, A={"--outcome": "FAILED"})
        async with following(running, access(embedded(broker))) as follower:
            run = await running.ask(commands.StartRun, "W")
            await running.ended(run)
            await follower.caught_up()
            async with Monitor(broker.url, STATES) as monitor:
                head = running.engine.feed.head
                await monitor.until_last("state/head", lambda state: state and state["sequence"] == head)
                shown = await monitor.until_last(f"state/run/W/{run}", lambda s: s and s["status"] == "COMPLETED")
                assert (shown["outcome"], shown["failed"], shown["total"]) == ("PARTLY_FAILED", 1, 2)
                assert [(n["node"], n["state"]) for n in shown["nodes"]] == [("A", "FAILED"), ("B", None)]
                workflow = await monitor.until_last("state/workflow/W", lambda s: s and s["status"] == "COMPLETED")
                assert (workflow["last_run_id"], workflow["active_runs"]) == (run, 0)
                await running.ask(commands.RemoveWorkflow, "W")
                await monitor.until_last("state/workflow/W", lambda state: state == "cleared")


async def test_the_states_of_old_runs_are_cleared(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """Ten minutes after its end the state of a run goes, by the daemon that published it or by the next one."""
    path, clock = tmp_path / POSITIONS_FILE, StandingClock()
    async with RunningEngine(tmp_path, clock) as running, Monitor(broker.url, STATES) as monitor:
        await running.define("W", CHAIN)
        runs = [await running.ask(commands.StartRun, "W") for _ in range(2)]
        for run in runs:
            await running.ended(run)
        async with following(running, access(embedded(broker)), Positions(path)) as follower:
            events = [running.ledger.stream(run)[-1] for run in runs]
            follower.publisher.noted([(event.stream, event.version, event.event) for event in events])
            for run in runs:
                await monitor.until_last(f"run/W/{run}", lambda state: state)
        clock.time += 10 * 60 * 1000
        async with following(running, access(embedded(broker)), Positions(path)) as follower:
            for run in runs:
                await monitor.until_last(f"run/W/{run}", lambda state: state == "cleared")
            await until(lambda: not [t for t in follower.place.retained if "/run/" in t])


async def test_newest_seal_is_retained(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """The newest seal is there for late monitors, as its own document, and each later one takes its place."""
    async with RunningEngine(tmp_path) as running, Monitor(broker.url, STATES) as monitor:
        await running.define("W", CHAIN)
        async with following(running, access(embedded(broker))):
            for _ in range(2):
                await running.ask(commands.StartRun, "W")
                sealed = await running.engine.sealing.run_once()
                assert sealed is not None
                mine = partial(_is_seal, sealed.number)
                told = json.dumps(await monitor.until_last("state/seal", mine)).encode()
                assert from_document(told) == sealed
                assert state_faults("state.seal", told) == []


def _is_seal(number: int, state: Any) -> bool:
    return bool(state) and state["number"] == number


async def test_states_come_back_with_the_broker(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """The embedded broker forgets everything with its process; a moment later all states are there again."""
    async with RunningEngine(tmp_path) as running, Proxy(broker.url) as proxy:
        await running.define("W", CHAIN)
        async with following(running, access(proxy.url)) as follower:
            await follower.caught_up()
            async with Monitor(broker.url, STATES) as monitor:
                for topic in ("state/head", "state/workflow/W", "state/daemon/here-1"):
                    await monitor.until_last(topic, lambda state: state)
            proxy.cut()
            await follower.until(lambda health: health["connections"] == 2)
            async with Monitor(broker.url, STATES) as monitor:
                for topic in ("state/head", "state/workflow/W", "state/daemon/here-1"):
                    await monitor.until_last(topic, lambda state: state)


async def test_a_broker_that_is_away(tmp_path: Path) -> None:
    """Nothing listens: the publisher says so, the daemon goes on, and nothing is kept of what waits but the log."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN)
        async with following(running, access("mqtt://127.0.0.1:9")) as follower:
            health = await follower.until(lambda health: health["state"] == "unavailable")
            assert "cannot be reached" in health["reason"]
            await running.ended(await running.ask(commands.StartRun, "W"))
            assert follower.health["lag"] == running.engine.feed.head
            follower.publisher.noted([(f"wr_{number}", 1, RunStopAsked(0, "t")) for number in range(5_000)])
            assert len(follower.publisher._retained._dirty_runs) == MOST_REMEMBERED
