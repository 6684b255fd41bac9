"""A planned resume on the screen, and what failed first in one line."""

from typing import Any

import msgspec

from daemon.cli.history_table import history_table
from daemon.cli.plan_page import MOST_NAMED, Plan, plan_page
from daemon.cli.root_causes import named, root_cause
from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.printing import NOW, printed

PAGE = """\
A resume of W1 wr_01a20599a1503c would be a new run:
↻ 1 starts at once   J2
  1 runs after that  J4, if all goes well
▸ 1 trigger fires    T4
↩ 2 are copied       J1, J3 from wr_01a20599a1503c
  left out           J4: it is downstream of J2 and runs after that anyway
  property           day: (unset) → 2
  new today          X, trigger T9
  changed            trigger T2
· 1 has no result    J5, even then
  J5: trigger T5 waits for J3 to end SUCCEEDED, which ended FAILED

What may be in the way:
  W1: full. The resume would be refused now.
  wr_01a20599a4ffa9: resumed once already.

Nothing was changed. To do just this:
    reglue resume"""


def plan(**changes: Any) -> Plan:
    """A preview with everything in it."""
    document = {
        "plan": "plan_1",
        "run_id": sample.FIRST,
        "workflow": "W1",
        "starting": [{"node": "JOB:J2", "trigger": "T2"}],
        "running": ["JOB:J2", "JOB:J4"],
        "firing": ["T4"],
        "copied": [{"run_id": sample.FIRST, "nodes": ["JOB:J1", "JOB:J3"]}],
        "dropped": [{"node": "JOB:J4", "reason": "it is downstream of J2 and runs after that anyway"}],
        "idle": [{"node": "JOB:J5", "reason": "trigger T5 waits for J3 to end SUCCEEDED, which ended FAILED"}],
        "obstacles": [
            {"kind": "workflow_limit", "subject": "W1", "text": "full", "refuses": True},
            {"kind": "resumed_already", "subject": sample.SECOND, "text": "resumed once already", "refuses": False},
        ],
        "properties": {"day": {"from": None, "to": "2"}},
        "design": {"nodes_added": ["JOB:X"], "triggers_added": ["T9"], "triggers_changed": ["T2"]},
    }
    return msgspec.convert(document | changes, Plan)


def test_page_tells_the_whole_plan_on_a_narrow_screen() -> None:
    """What starts, runs, fires, is copied, left out, set, changed, never runs, and may be in the way."""
    assert "\n".join(printed(plan_page(plan(), "reglue resume"))) == PAGE


def test_large_plans_stay_on_the_screen() -> None:
    """Of many nodes some are named and the rest counted; no line is wider than the screen."""
    names = [f"JOB:report-{number:03d}" for number in range(200)]
    page = printed(plan_page(plan(copied=[{"run_id": sample.FIRST, "nodes": names}]), "reglue resume"))
    assert any(f"and {200 - MOST_NAMED} more" in line for line in page)
    assert max(map(len, page)) <= 80
    assert len(page) < 30


def test_root_cause_stands_in_one_line() -> None:
    """First failure, how many more, how much never ran, and the first line of the error."""
    failure = {"node": "JOB:J2", "state": "FAILED", "attempt_id": "jr_1", "error": "no file\nTraceback"}
    run = sample.as_summary(sample.summary(failures=[failure], root_failures=4, blocked=18))
    assert root_cause(run) == "J2 FAILED and 3 more; 18 never ran because of them: no file"
    assert named(run.failures, 4) == "J2 and 3 more"
    assert root_cause(sample.as_summary(sample.resumed_summary())) == ""
    assert any("J2 and 3 more" in line for line in printed([history_table([run], NOW, 80)]))
