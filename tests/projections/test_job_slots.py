"""How many runs of a job are under way, and who waits: along the events, and from graphs at a start."""

from events.runs import NodeCompleted, NodeRefused, NodeStarted, NodeWaiting
from projections.job_slots import JobSlots
from tests.daemon.decisions.specification import Specification

NODE = "JOB:A"


def test_slots_follow_the_events() -> None:
    """Starting takes a place, waiting joins the line, ending and refusal leave both."""
    slots = JobSlots()
    slots.evolve("wr_1", NodeStarted(1, "x", NODE, "jr_1", 0))
    slots.evolve("wr_2", NodeWaiting(1, "x", NODE, "jr_2", 0))
    slots.evolve("wr_3", NodeWaiting(1, "x", NODE, "jr_3", 0))
    slots.evolve("wr_4", NodeWaiting(1, "x", NODE, "jr_4", 0))
    assert (slots.running(NODE), [a for a, _ in slots.waiting(NODE)]) == (1, ["jr_2", "jr_3", "jr_4"])
    slots.evolve("wr_1", NodeCompleted(2, "x", NODE, "jr_1", "FAILED"))
    slots.evolve("wr_3", NodeRefused(2, "x", NODE, "jr_3", 0, "ERROR", "gone"))
    slots.evolve("wr_2", NodeStarted(2, "x", NODE, "jr_2", 0))
    assert (slots.running(NODE), slots.waiting(NODE)) == (1, (("jr_4", "wr_4"),))
    assert slots.crowded() == (NODE,)


def test_slots_come_back_from_graphs() -> None:
    """From the graphs of all runs under way, in whatever order, the line is in the order in which they came."""
    spec = Specification("T1: -> A", {"A": {"ExecutionProperty": {"MaxConcurrentRuns": 2}}})
    for _ in range(5):
        spec.start()
    slots = JobSlots()
    slots.restore(reversed(spec.standing.runs.values()))
    assert (slots.running(NODE), slots.waiting(NODE)) == (2, spec.standing.slots.waiting(NODE))
    assert len(slots.waiting(NODE)) == 3


def test_unknown_job_is_free() -> None:
    """A job that nobody runs has no places taken."""
    assert (JobSlots().running(NODE), JobSlots().waiting(NODE), JobSlots().crowded()) == (0, (), ())
