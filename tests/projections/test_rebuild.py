"""Catching up from a long log, in pages."""

from projections import rebuild
from projections.rebuild import catch_up
from projections.run_history import outcome, summarize
from projections.store import ViewStore
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import row_values, standing_values


def test_long_log_is_caught_up_page_by_page() -> None:
    """More events than a page, over finished, resumed and running runs, give the standing that was."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: A -> C")
    while spec.log.position() < 2 * rebuild.PAGE:
        spec.start().ends("A").ends("B", "FAILED").ends("C").resume("B").ends("B")
    spec.start().ends("A")
    whole = ViewStore(None)
    assert standing_values(catch_up(spec.log, whole), spec.log) == standing_values(spec.standing, spec.log)
    assert whole.position == spec.log.position()
    nothing_new = row_values(whole, spec.log)
    assert standing_values(catch_up(spec.log, whole), spec.log) == standing_values(spec.standing, spec.log)
    assert row_values(whole, spec.log) == nothing_new
    whole.close()


def test_outcome_says_what_the_status_hides() -> None:
    """RUNNING, then SUCCEEDED or PARTLY_FAILED where the status is COMPLETED."""
    spec = Specification("T1: -> A B").start()
    assert outcome(spec.graph()) == "RUNNING"
    spec.ends("A").ends("B", "TIMEOUT")
    assert (spec.graph().status, outcome(spec.graph())) == ("COMPLETED", "PARTLY_FAILED")
    assert outcome(spec.resume("B").ends("B").graph()) == "SUCCEEDED"
    row = summarize(spec.graph())
    assert (row.depth, row.root, row.total, row.statistics["SucceededActions"]) == (1, row.previous, 2, 2)
