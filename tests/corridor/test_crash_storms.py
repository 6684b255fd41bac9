"""Daemons die at random moments while clients ask for everything there is: nothing acknowledged is lost, no job runs
twice, every run ends.

A seed that fails is printed with the failure. `REGLUE_SOAK=MINUTES` in the environment runs a long storm too, with a
seed from `REGLUE_SEED` or else from the clock, and prints its figures:
`REGLUE_SOAK=15 make test PYTEST_ARGS="-k soak -s --timeout 0"`.
"""

import os
import random
import threading
import time
from pathlib import Path

import pytest

from tests.corridor.crash_site import Site
from tests.corridor.crash_storm import KILL, TERM, Storm, weather
from tests.corridor.crash_wire import Wire

SOAK_MINUTES = float(os.environ.get("REGLUE_SOAK", "0"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_killed_daemons_lose_nothing(tmp_path: Path, seed: int) -> None:
    """After kill -9 at random moments all that was acknowledged is there, and each job ran once."""
    weather(Storm(seed, deaths=8), tmp_path)


@pytest.mark.slow
def test_killed_daemons_lose_nothing_at_full_speed(tmp_path: Path) -> None:
    """The same where jobs take no time, so that the daemon is always in the middle of deciding and writing."""
    weather(Storm(2, "noop", deaths=8, clients=4), tmp_path)


@pytest.mark.slow
def test_stopped_and_killed_daemons_lose_nothing(tmp_path: Path) -> None:
    """The same with SIGTERM among the kills: each stop ends by itself with exit code 0."""
    weather(Storm(3, deaths=6, signals=(TERM, TERM, KILL)), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["process", "noop"])
def test_full_disks_lose_nothing(tmp_path: Path, executor: str) -> None:
    """The same while the disk fills up now and then: nothing that was refused is done, and no restart is needed."""
    weather(Storm(4, executor, deaths=5, floods=0.8), tmp_path)


@pytest.mark.slow
def test_first_start_is_cut_off(tmp_path: Path) -> None:
    """Wherever a daemon is killed while it makes its files, the next one makes do with what is there."""
    dice, pause = random.Random(5), threading.Event()
    for number in range(8):
        (tmp_path / str(number)).mkdir()
        site = Site(tmp_path / str(number))
        try:
            site.launch()
            moment = dice.uniform(0.2, 0.45)
            pause.wait(moment)
            site.end(KILL)
            assert Wire(site.start()).get("/v1/workflows") == {"workflows": []}, f"killed after {moment} s"
        finally:
            site.clean_up()


if SOAK_MINUTES:

    @pytest.mark.parametrize("executor", ["process", "noop"])
    def test_soak(tmp_path: Path, executor: str) -> None:
        """The same for as many minutes as REGLUE_SOAK says."""
        seed = int(os.environ.get("REGLUE_SEED", time.time_ns() // 1_000_000))
        storm = Storm(
            seed, executor, deaths=1, signals=(KILL, KILL, TERM), clients=4, seconds=60 * SOAK_MINUTES, floods=0.1
        )
        print(weather(storm, tmp_path))
