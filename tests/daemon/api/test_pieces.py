"""Long arrays made piece by piece: the same JSON, with others let in between."""

import asyncio

import orjson
from hypothesis import given
from hypothesis import strategies as st

from daemon.api.pieces import PIECE, array


@given(st.lists(st.integers(0, 9), max_size=5), st.integers(0, 2), st.integers(-1, 1))
def test_pieces_join_to_the_whole_array(entries: list[int], pieces: int, offset: int) -> None:
    """Whatever the length, at and around whole pieces, the array is the one made in one go."""
    entries = [*entries, *range(max(0, PIECE * pieces + offset))]
    joined = asyncio.run(array(entries, lambda entry: {"entry": entry}))
    assert orjson.loads(orjson.dumps(joined)) == [{"entry": entry} for entry in entries]


def test_others_are_let_in_between_pieces() -> None:
    """However long the array, the loop is never kept for more than one piece."""
    made: list[int] = []
    seen: list[int] = []

    async def watch(making: "asyncio.Task[orjson.Fragment]") -> None:
        while not making.done():
            seen.append(len(made))
            await asyncio.sleep(0)

    async def both() -> None:
        making = asyncio.create_task(array(range(PIECE * 5), made.append))
        await watch(making)

    asyncio.run(both())
    assert {PIECE, PIECE * 2, PIECE * 3, PIECE * 4} <= set(seen)
