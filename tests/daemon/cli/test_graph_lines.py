"""The graph as lines: where a node stands, what a trigger waits for, how columns line up."""

from typing import Any

import pytest

from daemon.cli.graph_lines import graph_lines
from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.printing import NOW, printed


def lines_of(triggers: list[dict[str, Any]], nodes: list[dict[str, Any]], **changes: Any) -> list[str]:
    """The lines of a graph."""
    document = sample.summary(**changes) | {"nodes": nodes, "triggers": triggers}
    return printed(graph_lines(sample.as_run(document), NOW), 120)


def watching(logical: str, *conditions: tuple[str, str]) -> dict[str, Any]:
    """A trigger with these conditions."""
    rows = [{"node": node, "state": state} for node, state in conditions]
    return sample.trigger("T4", False, logical=logical, conditions=rows)


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        (watching("AND", ("JOB:a", "SUCCEEDED"), ("JOB:b", "SUCCEEDED")), "after a and b SUCCEEDED"),
        (watching("ANY", ("JOB:a", "FAILED"), ("CRAWLER:b", "FAILED")), "after a or b (crawler) FAILED"),
        (watching("ANY", ("JOB:a", "FAILED"), ("JOB:b", "TIMEOUT")), "after a FAILED or b TIMEOUT"),
        (watching("AND", *((f"JOB:{n}", "SUCCEEDED") for n in range(9))), "after 0 and 1 and 2 and 6 more SUCCEEDED"),
        (sample.trigger("T1", False, type="SCHEDULED"), "on schedule"),
        (sample.trigger("T1", False, type="EVENT"), "on events"),
    ],
)
def test_triggers_say_when_they_fire(trigger: dict[str, Any], told: str) -> None:
    """A trigger's line says what it waits for, shortly even if that is much."""
    assert lines_of([trigger], [])[0] == f"▹ {trigger['name']}  {told}  did not fire"


def test_trigger_that_cannot_fire_says_so() -> None:
    """A conditional trigger that was never activated is told from one whose conditions were not met."""
    line, *_ = lines_of([sample.trigger("T4", False, state="CREATED")], [])
    assert line.endswith("not activated (CREATED), so it cannot fire")


def test_trigger_of_a_running_run_may_still_fire() -> None:
    """While the run goes on an unfired trigger has not fired yet."""
    line, *_ = lines_of([sample.trigger("T4", False)], [], completed_at=None, status="RUNNING")
    assert line.endswith("not yet fired")


def test_node_stands_below_the_trigger_that_started_it() -> None:
    """A node that two triggers start stands below the one that did, and the other refers to it."""
    triggers = [sample.trigger(name, True, actions=["JOB:J4"]) for name in ("T2", "T3")]
    nodes = [sample.node("J4", "SUCCEEDED", attempts=[sample.attempt("J4", "SUCCEEDED", trigger="T3")])]
    lines = lines_of(triggers, nodes)
    assert lines[1] == "    J4: see T3"
    assert lines[3].startswith("    ✔ J4  SUCCEEDED")


def test_node_without_trigger_is_not_lost() -> None:
    """A job that is only watched is shown at the end."""
    lines = lines_of([], [sample.node("J1", None)])
    assert lines == ["Watched, but started by no trigger", "    · J1  never ran"]


def test_columns_line_up_for_wide_characters() -> None:
    """Names in scripts whose characters take two columns do not shift what follows."""
    nodes = [sample.node("J1", "SUCCEEDED", name="仕事"), sample.node("J2", "FAILED", name="abcd")]
    triggers = [sample.trigger("T1", True, actions=["JOB:J1", "JOB:J2"])]
    _, wide, narrow = lines_of(triggers, nodes)
    assert wide.index("SUCCEEDED") + 2 == narrow.index("FAILED")


def test_attempts_are_counted() -> None:
    """A node that was retried says how often it was tried and shows the newest attempt."""
    newest = sample.attempt("J1", "SUCCEEDED", id="jr_" + "a" * 64 + "_attempt_1", number=1)
    nodes = [sample.node("J1", "SUCCEEDED", attempts=[newest, sample.attempt("J1", "FAILED")])]
    assert "SUCCEEDED x2" in lines_of([sample.trigger("T1", True)], nodes)[1]
    assert "jr_aaaaaaaaaaaaaaaaaa_attempt_1" in lines_of([sample.trigger("T1", True)], nodes)[1]
