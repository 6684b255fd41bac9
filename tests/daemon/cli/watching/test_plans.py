"""What a resume or a stop would do is told before it is done, or why it cannot be."""

from typing import Any

import msgspec
import pytest

from daemon.cli.documents import Run
from daemon.cli.watching.orders import Order
from daemon.cli.watching.plans import Plan, resume_plan, stop_plan
from tests.daemon.cli.sample_documents import FIRST, node, partly_failed, resumed


def run_of(document: dict[str, Any], **changes: Any) -> Run:
    """A run as the daemon's document says it."""
    return msgspec.convert(document | changes, Run)


def told(plan: Plan) -> str:
    """The plan's words."""
    return "\n".join(line.plain for line in plan.lines)


def test_without_picks_a_resume_starts_at_all_failures() -> None:
    """Both failed nodes start again, what follows from them runs, the rest is copied."""
    plan = resume_plan(run_of(partly_failed()), [])
    assert plan.order == Order("W1", FIRST, ("JOB:J2", "JOB:J3"))
    assert "starts again at J2, J3 (2 failed)" in told(plan)
    assert "what follows from them: J4, J5" in told(plan)
    assert "copied as they are: J1" in told(plan)


def test_picks_downstream_of_picks_are_said_to_be_needless() -> None:
    """J2 follows from J1, so picking both starts at J1 alone."""
    plan = resume_plan(run_of(partly_failed()), ["JOB:J1", "JOB:J2"])
    assert "starts again at J1 (1 picked)" in told(plan)
    assert "J2: downstream of these" in told(plan)
    assert "copied as they are: none" in told(plan)


def test_without_triggers_a_plan_says_what_it_can() -> None:
    """Where the daemon does not answer, the graph is not known; the plan says so much as is sure."""
    plan = resume_plan(run_of(partly_failed(), triggers=[]), ["JOB:J2"])
    assert "everything downstream of them" in told(plan)


def test_a_stopped_run_is_resumed_expressly() -> None:
    """What Glue would refuse is asked for expressly, and said."""
    plan = resume_plan(run_of(partly_failed(), status="STOPPED"), ["JOB:J2"])
    assert plan.order is not None
    assert plan.order.allow_stopped
    assert "Glue would refuse" in told(plan)


@pytest.mark.parametrize(
    ("document", "picks", "reason"),
    [
        (partly_failed() | {"status": "RUNNING"}, [], "still runs"),
        (partly_failed() | {"status": "ERROR"}, [], "ERROR"),
        (partly_failed(), ["JOB:J4"], "J4 never ran"),
        (resumed(), [], "Nothing failed"),
    ],
)
def test_what_cannot_be_resumed_says_why(document: dict[str, Any], picks: list[str], reason: str) -> None:
    """There is no order, but a reason and a way out."""
    plan = resume_plan(run_of(document), picks)
    assert plan.order is None
    assert reason in told(plan)


def test_a_stop_names_what_it_ends() -> None:
    """The nodes that run are named; a run that has ended cannot be stopped."""
    going_on = run_of(partly_failed(), status="RUNNING", nodes=[node("J1", "RUNNING")])
    assert stop_plan(going_on).order == Order("W1", FIRST)
    assert "Ends J1." in told(stop_plan(going_on))
    assert stop_plan(run_of(partly_failed())).order is None
