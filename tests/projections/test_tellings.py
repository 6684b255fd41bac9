"""Events in one line for people."""

import pytest

from events.catalogue import CATALOGUE, decode
from events.runs import NodeCompleted
from projections.tellings import MOST_CHARACTERS, told
from tests.recorded.samples import Sample, samples


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_every_event_is_told(sample: Sample) -> None:
    """Each event that was ever stored is told in one line that is neither empty nor long."""
    text = told(decode(sample.name, sample.body))
    assert text
    assert text.isprintable()
    assert len(text) <= MOST_CHARACTERS


def test_nothing_of_the_catalogue_is_left_out() -> None:
    """The samples are one of each type at least, so the test above reads the whole table."""
    assert set(CATALOGUE) <= {sample.name for sample in samples()}


def test_long_errors_are_cut() -> None:
    """An error of many lines is told by its beginning, on one line."""
    text = told(NodeCompleted(1, "executor", "JOB:a", "jr_1", "FAILED", error="Exit code 1:\n" + "x" * 500))
    assert text.startswith("a FAILED: Exit code 1: xxx")
    assert len(text) == MOST_CHARACTERS
