"""What is in flight: the position never passes an event that is not acknowledged."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.mqtt.window import Window


@given(st.data(), st.integers(0, 1000), st.integers(0, 60))
def test_the_watermark_is_all_that_is_acknowledged(data: st.DataObject, start: int, count: int) -> None:
    """In whatever order acknowledgements come, some never, the watermark is the last position before the first gap."""
    window, answered = Window(start), set[int]()
    positions = list(range(start + 1, start + 1 + count))
    for position in positions:
        window.sent(position, 10)
    moves = [window.watermark]
    for position in data.draw(st.permutations(positions))[: data.draw(st.integers(0, count))]:
        moved = window.acknowledged(position)
        answered.add(position)
        moves.append(window.watermark)
        assert moved == (moves[-1] > moves[-2])
        missing = [p for p in positions if p not in answered]
        assert window.watermark == (missing[0] - 1 if missing else start + count)
        assert window.oldest == (missing[0] if missing else None)
    assert moves == sorted(moves)
    assert window.bytes == 10 * len(window)


def test_answers_for_what_was_not_sent_change_nothing() -> None:
    """A broker that acknowledges twice, or something unknown, moves nothing."""
    window = Window(5)
    window.sent(6, 1)
    assert not window.acknowledged(9)
    assert window.acknowledged(6)
    assert not window.acknowledged(6)
    assert (window.watermark, len(window), window.bytes) == (6, 0, 0)
