"""What a run's length hangs on, and that every bar lies within the picture."""

import pytest

from daemon.console.pages.run_tabs.timeline import Scale, critical_path, ticks
from tests.daemon.decisions.specification import Specification

DIAMOND = """
T1: -> A B
T2: A & B -> C
"""


def test_the_critical_path_goes_through_the_last_to_end() -> None:
    """C waited for A and B; B ended last, so the run's length hangs on B and C."""
    spec = Specification(DIAMOND).start().ends("A").ends("B").ends("C")
    assert critical_path(spec.graph(), spec.at) == ["JOB:B", "JOB:C"]


def test_nodes_taken_over_are_on_no_critical_path() -> None:
    """They ran in an earlier run: its length is not this run's."""
    spec = Specification(DIAMOND).start().ends("A").ends("B").ends("C", "FAILED").resume("C").ends("C")
    assert critical_path(spec.graph(), spec.at) == ["JOB:C"]


@pytest.mark.parametrize("millis", [1, 90, 999, 61_000, 3_600_000, 86_400_000, 90 * 86_400_000])
def test_an_axis_has_few_round_ticks(millis: int) -> None:
    """However long the run took: from one to nine, the first at its start, none after its end."""
    found = [tick["x"] for tick in ticks(Scale(1_000, 1_000 + millis))]
    assert 1 <= len(found) <= 9
    assert (found[0], found == sorted(found), found[-1] <= 100) == (0, True, True)
