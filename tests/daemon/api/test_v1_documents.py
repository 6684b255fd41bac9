"""Our own documents of runs: what they say beyond Glue's shapes."""

import asyncio

import orjson

from daemon.api import v1_documents
from tests.daemon.api.test_render_runs import NOW, half_way


def test_a_moment_is_rfc_3339_with_milliseconds() -> None:
    """UTC, three digits, null for what did not happen."""
    assert v1_documents.moment(NOW) == "2020-07-21T19:04:35.375Z"
    assert v1_documents.moment(0) == "1970-01-01T00:00:00.000Z"
    assert v1_documents.moment(None) is None


def test_a_summary_is_one_row() -> None:
    """Counts by their short names, absent members null."""
    document = v1_documents.run(half_way())
    assert (document["outcome"], document["previous_run_id"], document["completed_at"]) == ("RUNNING", None, None)
    assert document["root_run_id"] == "wr_1"
    assert document["cause"] == {"kind": "API", "trigger": None, "event_ids": (), "due": None, "batch": None}
    assert document["total"] == 3
    counts = {"succeeded": 1, "failed": 0, "timeout": 0, "stopped": 0, "errored": 0, "running": 1, "waiting": 0}
    assert document["statistics"] == counts


def test_pieces_make_the_same_document() -> None:
    """What is answered piece by piece is what is shown in one go."""
    in_pieces = asyncio.run(v1_documents.run_in_pieces(half_way()))
    assert orjson.loads(orjson.dumps(in_pieces)) == orjson.loads(orjson.dumps(v1_documents.run(half_way())))


def test_nodes_say_where_they_ran() -> None:
    """A node has its newest state and the run that executed it; one that never ran has neither."""
    nodes = {node["name"]: node for node in v1_documents.run(half_way())["nodes"]}
    assert (nodes["J1"]["state"], nodes["J1"]["executed_in"], nodes["J1"]["copied"]) == ("SUCCEEDED", "wr_1", False)
    assert [attempt["number"] for attempt in nodes["J1"]["attempts"]] == [1, 0]
    assert nodes["J1"]["attempts"][1]["exit_code"] == 1
    assert (nodes["C"]["kind"], nodes["C"]["state"], nodes["C"]["executed_in"]) == ("CRAWLER", None, None)


def test_triggers_say_when_they_fired() -> None:
    """With what they watch and start."""
    start, after = v1_documents.run(half_way())["triggers"]
    assert (start["name"], start["logical"], start["actions"]) == ("T1", None, ["JOB:J1"])
    assert after["conditions"] == [{"node": "JOB:J1", "state": "SUCCEEDED"}]
    assert (after["logical"], after["fired_in"], after["copied"]) == ("AND", "wr_1", False)
    assert after["fired_at"] == v1_documents.moment(NOW + 4_000)


def test_edges_are_pairs_of_keys() -> None:
    """From triggers to what they start, from what is watched to the trigger."""
    edges = v1_documents.run(half_way())["edges"]
    assert ("TRIGGER:T1", "JOB:J1") in edges
    assert ("JOB:J1", "TRIGGER:T2") in edges
