"""A storm: clients ask, daemons die one after another, and in the end everything must be there.

`REGLUE_SOAK` in the environment is the number of minutes that `test_crash_storms.py` lets a long storm last.
"""

import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from tests.corridor.crash_audit import Log, await_all_ended, served
from tests.corridor.crash_clients import Answers, Client
from tests.corridor.crash_site import Site
from tests.corridor.crash_wire import Wire
from tests.corridor.crash_workflows import define

KILL, TERM = signal.SIGKILL, signal.SIGTERM
LONGEST_LULL_SECONDS = 2.0


class Storm(msgspec.Struct, frozen=True):
    """How to shake: `deaths` daemons end by one of `signals` each; a soak goes on for `seconds` instead.

    `floods` is the share of moments at which the disk fills instead; mostly the daemon lives on until there is room.
    """

    seed: int
    executor: str = "process"
    deaths: int = 6
    signals: tuple[signal.Signals, ...] = (KILL,)
    clients: int = 3
    seconds: float = 0.0
    floods: float = 0.0


class Ended(msgspec.Struct):
    """What came of it: how daemons died, what clients were told, how many job scripts and events there were."""

    deaths: dict[str, int]
    answers: dict[str, int]
    acknowledged: int
    missing: int
    starts: int
    double_starts: int
    events: int
    runs: int


def weather(storm: Storm, folder: Path) -> Ended:
    """Lets a storm pass, and checks everything afterwards."""
    site, answers = Site(folder, "--executor", storm.executor), Answers()
    try:
        return _weather(storm, site, answers)
    except BaseException:
        print(f"{storm}\n{dict(answers.counts)}\n{site.tail()}")
        raise
    finally:
        site.clean_up()


def _weather(storm: Storm, site: Site, answers: Answers) -> Ended:
    define(Wire(site.start()), site.folder)
    clients = [Client(site, answers, f"{storm.seed}/{number}") for number in range(storm.clients)]
    for client in clients:
        client.thread.start()
    deaths = _shake(storm, site, answers)
    site.close()
    for client in clients:
        client.thread.join()
    assert not [client.failure for client in clients if client.failure]
    return _checked(site, answers, deaths)


def _shake(storm: Storm, site: Site, answers: Answers) -> dict[str, int]:
    """Ends daemons at random moments: after some answers and a random instant more, or while they start."""
    dice, pause = random.Random(storm.seed), threading.Event()
    deaths: Counter[str] = Counter()
    until = time.monotonic() + storm.seconds
    while deaths.total() < storm.deaths or time.monotonic() < until:
        answers.await_acknowledged(dice.randint(1, 30), LONGEST_LULL_SECONDS)
        pause.wait(dice.uniform(0, 0.05))
        if dice.random() < storm.floods:
            deaths["flood"] += 1
            _fill_disk(site, answers, dice)
            if dice.random() < 0.7:
                site.limit_file_size()
                continue
        chosen = dice.choice(storm.signals)
        _end(site, chosen)
        deaths[chosen.name] += 1
        if dice.random() < 0.3:
            site.launch()
            pause.wait(dice.uniform(0, 0.5))
            site.end(KILL)
            deaths["while starting"] += 1
        site.start()
    return dict(deaths)


def _fill_disk(site: Site, answers: Answers, dice: random.Random) -> None:
    """Lets the log take a little more, then nothing, until some changes were refused."""
    site.limit_file_size((site.state / "log.db-wal").stat().st_size + dice.randint(0, 1 << 16))
    answers.await_refused(dice.randint(1, 10), LONGEST_LULL_SECONDS)


def _end(site: Site, chosen: signal.Signals) -> None:
    code = site.end(chosen)
    assert code == (0 if chosen == TERM else -chosen), f"ended with {code} after {chosen.name}"


def _checked(site: Site, answers: Answers, deaths: dict[str, int]) -> Ended:
    site.open()
    wire = Wire(site.url())
    await_all_ended(wire)
    before = served(wire)
    site.await_no_processes()
    assert site.end(TERM) == 0
    log = Log(site.state, site.folder)
    starts = site.starts()
    _check_log(log, answers, starts, "process" in site.options)
    log.check_served(before)
    assert rebuilt(site) == before
    assert not [line for line in site.complaints() if "log_unavailable" not in line]
    assert all("Nothing was changed: The log cannot be written" in refusal.text for refusal in answers.refusals)
    return Ended(
        deaths,
        dict(answers.counts),
        len(answers.acknowledged),
        len(log.missing(answers.acknowledged)),
        len(starts),
        len(starts) - len(set(starts)),
        len(log.events),
        len(log.graphs),
    )


def _check_log(log: Log, answers: Answers, starts: list[str], real: bool) -> None:
    log.check_order()
    assert not log.missing(answers.acknowledged), "acknowledged, yet not in the log"
    assert not log.done_although_refused(answers.refused), "refused, yet in the log"
    if real:
        log.check_starts(starts)


def rebuilt(site: Site) -> Any:
    """What a daemon shows that has made its views from nothing; it is ended again."""
    for suffix in ("", "-wal", "-shm"):
        (site.state / f"views.db{suffix}").unlink(missing_ok=True)
    found = served(Wire(site.start()))
    assert site.end(TERM) == 0
    return found
