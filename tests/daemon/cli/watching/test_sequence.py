"""What came twice and what is missing is known whatever the order in which positions come."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.cli.watching.sequence import Sequence


@given(st.permutations(range(2, 30)), st.lists(st.integers(2, 29)))
def test_every_position_counts_once_in_any_order(order: list[int], again: list[int]) -> None:
    """Given the first position, each of the others is seen once, and then nothing is missing."""
    sequence = Sequence()
    sequence.see(1)
    assert all(list(map(sequence.see, order)))
    assert not any(list(map(sequence.see, again)))
    assert sequence.gaps == []
    assert sequence.missing == 0


@given(st.sets(st.integers(2, 60), min_size=1))
def test_gaps_are_what_was_not_seen(seen: set[int]) -> None:
    """The gaps are just the positions between the first and the highest that did not come."""
    sequence = Sequence()
    for position in (1, *sorted(seen)):
        sequence.see(position)
    missing = {position for first, last in sequence.gaps for position in range(first, last + 1)}
    assert missing == set(range(1, max(seen) + 1)) - seen - {1}
    assert sequence.missing == len(missing)


def test_what_lies_before_the_first_is_not_missing() -> None:
    """A monitor that begins in the middle of a log misses nothing of its past, and does not take it for new."""
    sequence = Sequence()
    sequence.expect(1000)
    assert not sequence.see(999)
    assert sequence.see(1001)
    assert sequence.gaps == []


def test_a_head_tells_what_is_missing_and_giving_up_forgets_it() -> None:
    """When the head says that there is more, that is a gap until it comes or is given up."""
    sequence = Sequence()
    sequence.see(10)
    sequence.expect(13)
    assert sequence.gaps == [(11, 13)]
    assert sequence.see(12)
    assert sequence.gaps == [(11, 11), (13, 13)]
    sequence.give_up(11, 13)
    assert sequence.missing == 0
