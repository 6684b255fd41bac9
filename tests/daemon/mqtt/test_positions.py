"""Where each broker is, kept over restarts and faults."""

import asyncio
import json
from pathlib import Path

import pytest

from daemon.mqtt.positions import POSITIONS_FILE, Positions

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file lies."""
    return tmp_path / POSITIONS_FILE


async def test_places_come_back(path: Path) -> None:
    """Position, retained topics and session are there again; another target has its own place."""
    positions = Positions(path)
    place = positions.place("one", "log", 7)
    assert place.position == 7
    positions.moved(place, 9)
    positions.retain(place, {"b", "a"})
    assert positions.next_session() == 1
    await positions.save()
    again = Positions(path)
    assert again.place("one", "log", 20) == place
    assert again.place("two", "log", 20).position == 20
    assert again.next_session() == 2


@pytest.mark.parametrize(
    ("stored", "log_id", "head", "begins"),
    [
        ({"log_id": "log", "position": 5}, "log", 9, 5),
        ({"log_id": "log", "position": 9}, "log", 5, 5),
        ({"log_id": "other", "position": 3}, "log", 9, 9),
        ({"log_id": "", "position": 0}, "log", 9, 0),
    ],
    ids=["goes on", "an older copy of the log", "another log", "a log that was empty then"],
)
def test_where_a_target_goes_on(path: Path, stored: dict[str, object], log_id: str, head: int, begins: int) -> None:
    """A place counts in its own log alone, and never beyond its head; what began after it was made is all told."""
    path.write_text(json.dumps({"session": 4, "places": {"t": stored}}))
    assert Positions(path).place("t", log_id, head).position == begins


@pytest.mark.parametrize("content", ["", "{", '{"places": 7}', "\x00\x00\x00"])
def test_a_damaged_file_costs_duplicates(path: Path, content: str) -> None:
    """What cannot be read makes everything told again, never something left out; the next save is a good file."""
    path.write_text(content)
    positions = Positions(path)
    assert positions.place("t", "log", 9).position == 0
    asyncio.run(positions.save())
    assert json.loads(path.read_text())["places"]["t"]["log_id"] == "log"


def test_a_disk_that_takes_nothing_is_tried_again(tmp_path: Path) -> None:
    """What cannot be written is written when that is possible."""
    folder = tmp_path / "missing"
    positions = Positions(folder / POSITIONS_FILE)
    positions.place("t", "log", 9)
    asyncio.run(positions.save())
    folder.mkdir()
    asyncio.run(positions.save())
    assert (folder / POSITIONS_FILE).exists()


def test_nothing_changed_is_nothing_written(path: Path) -> None:
    """The disk is left alone as long as nothing moves."""
    positions = Positions(path)
    positions.place("t", "log", 9)
    asyncio.run(positions.save())
    path.unlink()
    asyncio.run(positions.save())
    assert not path.exists()
