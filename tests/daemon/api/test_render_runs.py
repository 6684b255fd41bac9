"""Glue's shapes of runs and graphs, rendered from folds of events."""

import asyncio
from typing import Any

import msgspec
import orjson
import pytest

from daemon.api import render_runs
from events.design import Event
from events.runs import JobRunRequested, NodeCompleted, NodeStarted, RunStarted, TriggerFired
from events.vocabulary import Cause, DesignSnapshot, SnapshotTrigger, TriggerDefinition, unique_id
from projections.design_graph import DesignGraph
from projections.run_graph import begin, evolve
from projections.run_history import summarize
from projections.run_values import RunGraph
from tests.daemon.decisions.specification import Specification, limited

NOW = 1_595_358_275_375
START = {"Name": "T1", "Type": "ON_DEMAND", "WorkflowName": "W", "Actions": [{"JobName": "J1", "Timeout": 7}]}
AFTER = {
    "Name": "T2",
    "Type": "CONDITIONAL",
    "WorkflowName": "W",
    "Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "J1", "State": "SUCCEEDED"}]},
    "Actions": [{"JobName": "J2", "Arguments": {"--key": "action"}}, {"CrawlerName": "C"}],
}
PYTHON = {"Command": {"Name": "pythonshell"}, "MaxCapacity": 0.0625, "DefaultArguments": {"--key": "job", "--b": "1"}}


def design(*triggers: dict[str, Any]) -> DesignGraph:
    """The design of workflow W with these triggers, all activated."""
    snapshots = (SnapshotTrigger(msgspec.convert(members, TriggerDefinition), "ACTIVATED") for members in triggers)
    return DesignGraph(DesignSnapshot("W", tuple(snapshots)))


def folded(run_id: str, first: Event, *others: Event) -> RunGraph:
    """The graph after these events."""
    graph = begin(run_id, first, lambda name: design(START, AFTER), lambda run, version: pytest.fail("no resume"))
    for event in others:
        graph = evolve(graph, event)
    return graph


def half_way() -> RunGraph:
    """J1 has failed once, succeeded then, and J2 runs."""
    return folded(
        "wr_1",
        RunStarted(NOW, "api:x", "W", "hash", Cause("API"), {"p": "v"}),
        TriggerFired(NOW, "daemon", "T1"),
        NodeStarted(NOW, "daemon", "JOB:J1", "jr_1", 0, "T1", 1),
        NodeCompleted(NOW + 2_999, "executor", "JOB:J1", "jr_1", "FAILED", "boom", 1, True),
        NodeStarted(NOW + 3_000, "daemon", "JOB:J1", "jr_1_attempt_1", 1, "T1", 1),
        NodeCompleted(NOW + 4_000, "executor", "JOB:J1", "jr_1_attempt_1", "SUCCEEDED"),
        TriggerFired(NOW + 4_000, "trigger:T2", "T2"),
        NodeStarted(NOW + 4_001, "trigger:T2", "JOB:J2", "jr_2", 0, "T2", 1),
    )


def job_at(job: str, version: int) -> dict[str, Any]:
    """J1 and J2 are Python shell jobs; no other version was ever defined."""
    return PYTHON if version == 1 else {}


def graph_of(graph: RunGraph) -> Any:
    """The rendered graph."""
    return orjson.loads(orjson.dumps(asyncio.run(render_runs.run_graph(graph, job_at))))


def shown(graph: RunGraph, node: str) -> dict[str, Any]:
    """A node of the rendered graph."""
    found: dict[str, Any] = next(n for n in graph_of(graph)["Nodes"] if n["Name"] == node)
    return found


def test_a_running_workflow_run() -> None:
    """All eight counts are there, times are seconds with milliseconds, what is absent is left out."""
    assert render_runs.workflow_run(summarize(half_way())) == {
        "Name": "W",
        "WorkflowRunId": "wr_1",
        "WorkflowRunProperties": {"p": "v"},
        "StartedOn": 1595358275.375,
        "Status": "RUNNING",
        "Statistics": {
            "TotalActions": 3,
            "TimeoutActions": 0,
            "FailedActions": 0,
            "StoppedActions": 0,
            "SucceededActions": 1,
            "RunningActions": 1,
            "ErroredActions": 0,
            "WaitingActions": 0,
        },
    }


def test_attempts_come_newest_first() -> None:
    """A retried job shows both attempts; the later one names the one before."""
    runs = shown(half_way(), "J1")["JobDetails"]["JobRuns"]
    assert [(run["Id"], run["Attempt"], run.get("PreviousRunId")) for run in runs] == [
        ("jr_1_attempt_1", 1, "jr_1"),
        ("jr_1", 0, None),
    ]
    assert runs[1] == {
        "Id": "jr_1",
        "Attempt": 0,
        "TriggerName": "T1",
        "JobName": "J1",
        "StartedOn": 1595358275.375,
        "LastModifiedOn": 1595358278.374,
        "CompletedOn": 1595358278.374,
        "JobRunState": "FAILED",
        "ErrorMessage": "boom",
        "Arguments": {"--key": "job", "--b": "1", "--WORKFLOW_NAME": "W", "--WORKFLOW_RUN_ID": "wr_1"},
        "PredecessorRuns": [],
        "ExecutionTime": 2,
        "Timeout": 7,
        "MaxCapacity": 0.0625,
        "AllocatedCapacity": 0,
        "LogGroupName": "/aws-glue/python-jobs",
    }


def test_retry_names_the_attempt_that_it_repeats() -> None:
    """Of a job that two triggers started, a retry follows its own first attempt, not the other trigger's."""
    spec = Specification("T1: -> A B\nT2: A -> J\nT3: B -> J", limited("J", runs=2, MaxRetries=1))
    spec.start().ends("A").ends("B").ends("J", "FAILED")
    retry, _, first = spec.attempts("J")
    assert render_runs.job_run(spec.graph(), retry, lambda job, version: {})["PreviousRunId"] == first.id


def test_predecessors_are_the_runs_that_fired_the_trigger() -> None:
    """The attempt that met the condition is named; the action's argument lies over the job's."""
    (run,) = shown(half_way(), "J2")["JobDetails"]["JobRuns"]
    assert run["PredecessorRuns"] == [{"JobName": "J1", "RunId": "jr_1_attempt_1"}]
    assert run["Arguments"]["--key"] == "action"
    assert "CompletedOn" not in run


def test_nodes_stand_in_topological_order_with_their_edges() -> None:
    """Each node has its id that depends on workflow, kind and name alone; edges lead along the order."""
    graph = graph_of(half_way())
    names = [(node["Type"], node["Name"]) for node in graph["Nodes"]]
    assert names[:3] == [("TRIGGER", "T1"), ("JOB", "J1"), ("TRIGGER", "T2")]
    assert sorted(names[3:]) == [("CRAWLER", "C"), ("JOB", "J2")]
    ids = [node["UniqueId"] for node in graph["Nodes"]]
    assert ids == [unique_id("W", kind, name) for kind, name in names]
    places = [(ids.index(edge["SourceId"]), ids.index(edge["DestinationId"])) for edge in graph["Edges"]]
    assert len(places) == 4
    assert all(source < target for source, target in places)


def test_a_trigger_shows_its_snapshot() -> None:
    """Definition and state as they were when the run began."""
    assert shown(half_way(), "T1")["TriggerDetails"] == {"Trigger": {**START, "State": "ACTIVATED"}}


def test_a_node_that_never_ran_is_empty() -> None:
    """Its details are there without runs."""
    assert shown(half_way(), "C")["CrawlerDetails"] == {}


def test_a_graph_that_stands_still_is_of_its_moment() -> None:
    """What happens while a graph is made in pieces is not in it, neither in nodes nor in counts."""
    graph = half_way()
    still = graph.still()
    evolve(graph, NodeCompleted(NOW + 5_000, "executor", "JOB:J2", "jr_2", "SUCCEEDED"))
    assert (graph_of(still), summarize(still)) == (graph_of(half_way()), summarize(half_way()))
    assert graph_of(graph) != graph_of(still)


def test_the_design_graph_has_no_runs() -> None:
    """The same nodes and edges, each with empty details."""
    of_run = graph_of(half_way())
    of_design = orjson.loads(orjson.dumps(render_runs.design_graph(design(START, AFTER))))
    assert of_design["Edges"] == of_run["Edges"]
    assert [node["UniqueId"] for node in of_design["Nodes"]] == [node["UniqueId"] for node in of_run["Nodes"]]
    assert [node["JobDetails"] for node in of_design["Nodes"] if node["Type"] == "JOB"] == [{}, {}]


def alone(overrides: dict[str, Any], version: int = 1) -> dict[str, Any]:
    """A job run outside of workflows, as it is shown."""
    graph = folded(
        "jr_9",
        JobRunRequested(NOW, "api:x", "J1", Cause("API"), overrides),
        NodeStarted(NOW, "daemon", "JOB:J1", "jr_9", 0, "", version),
    )
    return render_runs.job_run(graph, graph.attempts["JOB:J1"][0], job_at)


def test_a_request_lies_over_the_definition() -> None:
    """Arguments merge, a timeout replaces, and workers put the definition's capacity aside."""
    run = alone({"Arguments": {"--key": "run"}, "Timeout": 3, "WorkerType": "G.1X", "NumberOfWorkers": 2})
    assert run["Arguments"] == {"--key": "run", "--b": "1"}
    assert (run["Timeout"], run["WorkerType"], run["NumberOfWorkers"]) == (3, "G.1X", 2)
    assert "MaxCapacity" not in run
    assert "TriggerName" not in run


def test_a_request_may_name_the_run_it_repeats() -> None:
    """StartJobRun's JobRunId comes back as PreviousRunId."""
    assert alone({"JobRunId": "jr_8"})["PreviousRunId"] == "jr_8"


def test_a_run_of_a_job_that_was_never_defined() -> None:
    """Glue's defaults stand in for the definition."""
    run = alone({}, version=0)
    assert (run["Timeout"], run["LogGroupName"]) == (2880, "/aws-glue/jobs")
    assert "Arguments" not in run
