"""Where events are published: every stored event has a place, and no name can break out of its level."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.mqtt.topics import VERBS, event_topic, level
from events.catalogue import CATALOGUE
from events.data_catalog import TableRemoved
from events.design import WorkflowRemoved
from events.runs import NodeCompleted, NodeStarted, RunCompleted, TriggerFired
from events.vocabulary import crawl_stream, table_stream, workflow_stream

RUN = "wr_" + "0" * 64


def test_every_stored_event_has_a_verb() -> None:
    """What the catalogue can store can be published."""
    assert set(CATALOGUE.values()) == set(VERBS)


def test_topics_of_runs_name_workflow_run_and_node() -> None:
    """An attempt's end is published under its node, by its state; one that is tried again is no failure yet."""
    failed = NodeCompleted(1, "executor", "JOB:J1", "jr_1", "FAILED")
    retried = NodeCompleted(1, "executor", "JOB:J1", "jr_1", "FAILED", retried=True)
    assert event_topic("default", RUN, failed, "W1") == f"reglue/v1/default/events/W1/{RUN}/node/J1/failed"
    assert event_topic("default", RUN, retried, "W1").endswith("/node/J1/retried")
    assert event_topic("default", RUN, TriggerFired(1, "daemon", "T1"), "W1").endswith(f"/{RUN}/trigger/T1/fired")
    assert event_topic("default", RUN, RunCompleted(1, "daemon", "STOPPED"), "W1").endswith(f"/{RUN}/run/stopped")


def test_topics_outside_of_runs_leave_levels_out() -> None:
    """A definition has no run, a table no workflow either; a crawl that stands alone is a run of no workflow."""
    removed = WorkflowRemoved(1, "api:x")
    assert event_topic("n", workflow_stream("W1"), removed, "W1") == "reglue/v1/n/events/W1/-/workflow/W1/deleted"
    table = table_stream("db", "t")
    assert event_topic("n", table, TableRemoved(1, "api:x"), "") == "reglue/v1/n/events/-/-/table/db%2Ft/deleted"
    started = NodeStarted(1, "daemon", "CRAWLER:c", "u", 0)
    assert event_topic("n", crawl_stream("u-1"), started, "") == "reglue/v1/n/events/-/u-1/node/c/running"


@given(st.text())
def test_a_name_is_one_level_whatever_it_holds(name: str) -> None:
    """No name adds a level, a wildcard or a control character, and no two names share a level."""
    written = level(name)
    assert not set(written) & set("/+#\0\n")
    assert (written == "-") == (name == "")
    written.encode("utf-8")


@given(st.text(), st.text())
def test_levels_keep_names_apart(one: str, other: str) -> None:
    """Two names never become one level."""
    assert (level(one) == level(other)) == (one == other)
