"""What a graph owes next: ripe triggers, the nodes they start, and the run's completion.

The handler asks again after applying each answer, until nothing is owed; so every unit of events that reaches the log
leaves a run in which nothing is overdue.
"""

from daemon.decisions.decision import Situation
from events.design import Event
from events.runs import NodeRefused, NodeStarted, NodeWaiting, RunCompleted, TriggerFired
from events.vocabulary import CRAWLER, JOB_RUN_ID_PREFIX, NodeKey, node_kind, node_name
from projections.design_graph import DesignGraph
from projections.job_terms import max_concurrent_runs
from projections.run_values import RunGraph

EMPTY_RUN_MILLIS = 1_000
"""How long a run that has nothing to do stays RUNNING, so that a client which stops it right after its start finds it
so."""

_MAX_RUNS_EXCEEDED = "Max concurrent runs exceeded"
_CRAWLER_RUNNING = "The crawler is already running"


def follow_on(graph: RunGraph, situation: Situation) -> list[Event]:
    """The next events that the run owes; none when it waits for something outside."""
    if graph.status == "STOPPING":
        return [] if graph.active else [RunCompleted(situation.at, situation.by, "STOPPED")]
    if graph.status != "RUNNING":
        return []
    trigger = next(iter(graph.ripe), None)
    if trigger is None and not graph.active:
        trigger = next(iter(graph.held), None)
    if trigger is not None:
        return fire(graph.design, trigger, situation)
    if graph.active or is_empty_and_young(graph, situation.at):
        return []
    return [RunCompleted(situation.at, situation.by, "COMPLETED")]


def is_empty_and_young(graph: RunGraph, at: int) -> bool:
    """Whether the run has nothing to do and began less than EMPTY_RUN_MILLIS ago."""
    return not graph.attempts and at < graph.started_at + EMPTY_RUN_MILLIS


def fire(design: DesignGraph, trigger: str, situation: Situation) -> list[Event]:
    """A trigger's firing and the attempts it starts. Glue: all actions of a firing start together."""
    actions = design.triggers[trigger].definition.actions
    nodes = dict.fromkeys(action.node for action in actions)
    fired: list[Event] = [TriggerFired(situation.at, situation.by, trigger)]
    by = f"trigger:{trigger}"
    return fired + [begin_attempt(node, trigger, situation, by) for node in nodes]


def begin_attempt(node: NodeKey, trigger: str, situation: Situation, by: str) -> Event:
    """The first attempt at a node: started, waiting for the job's other runs, or refused.

    Glue: a deleted job's run ends in ERROR. A job at its MaxConcurrentRuns waits here; under strict-glue the attempt
    ends FAILED as it does there, unless the job has JobRunQueuingEnabled.
    """
    if node_kind(node) == CRAWLER:
        return _begin_crawl(node, trigger, situation, by)
    attempt_id, name = situation.ids.mint(JOB_RUN_ID_PREFIX), node_name(node)
    job = situation.standing.designs.job(name)
    if job is None:
        error = f"Job {name!r} is not defined. Create it, then resume the run from this node."
        return NodeRefused(situation.at, by, node, attempt_id, 0, "ERROR", error, trigger)
    if situation.standing.slots.running(node) < max_concurrent_runs(job.body):
        return NodeStarted(situation.at, by, node, attempt_id, 0, trigger, job.version)
    if situation.strict and not job.body.get("JobRunQueuingEnabled"):
        return NodeRefused(situation.at, by, node, attempt_id, 0, "FAILED", _MAX_RUNS_EXCEEDED, trigger, job.version)
    return NodeWaiting(situation.at, by, node, attempt_id, 0, trigger, job.version)


def _begin_crawl(node: NodeKey, trigger: str, situation: Situation, by: str) -> Event:
    """A crawl: one of a crawler at a time, others wait. Under strict-glue those end in ERROR."""
    crawl_id, crawler = situation.ids.mint_uuid(), situation.standing.designs.crawler(node_name(node))
    if crawler is None:
        error = f"Crawler {node_name(node)!r} is not defined. Create it, then resume the run from this node."
        return NodeRefused(situation.at, by, node, crawl_id, 0, "ERROR", error, trigger)
    if not situation.standing.slots.running(node):
        return NodeStarted(situation.at, by, node, crawl_id, 0, trigger, crawler.version)
    if situation.strict:
        return NodeRefused(situation.at, by, node, crawl_id, 0, "ERROR", _CRAWLER_RUNNING, trigger, crawler.version)
    return NodeWaiting(situation.at, by, node, crawl_id, 0, trigger, crawler.version)
