"""An attempt ended: what is recorded of it, and whether another follows."""

from daemon.commands import CompleteNode, SettleRun
from daemon.decisions.crawl_outcome import complete_crawl
from daemon.decisions.decision import Decision, Situation, on_stream
from events.design import Event
from events.runs import NodeCompleted, NodeStarted
from events.vocabulary import CRAWLER, node_kind, node_name
from projections.job_terms import max_retries
from projections.run_values import Attempt, RunGraph


def complete_node(command: CompleteNode, situation: Situation) -> Decision:
    """Records how an attempt ended. An outcome that comes twice, or after the attempt ended, changes nothing.

    What an attempt was asked to end as (STOPPED, TIMEOUT) is its state, whatever its process made of the request.
    """
    graph = situation.standing.runs.get(command.run_id)
    attempt = graph.find(command.attempt_id) if graph and command.attempt_id in graph.active else None
    if graph is None or attempt is None:
        return Decision()
    if node_kind(attempt.node) == CRAWLER:
        return complete_crawl(command, situation, graph, attempt)
    state = attempt.stop_reason or command.state
    retry = _retry(graph, attempt, state, situation)
    completed = NodeCompleted(
        situation.at,
        situation.by,
        attempt.node,
        attempt.id,
        state,
        command.error,
        command.exit_code,
        bool(retry),
        command.ended_at,
    )
    return on_stream(graph.run_id, completed, *retry)


def _retry(graph: RunGraph, attempt: Attempt, state: str, situation: Situation) -> tuple[Event, ...]:
    """The next attempt at a job that failed. Glue retries failures up to MaxRetries, but neither time-outs nor
    stopped runs.

    It takes over the slot of the attempt that failed, so it never waits. Its id is the first attempt's with a suffix,
    as in Glue.
    """
    job = situation.standing.designs.job(node_name(attempt.node))
    if state != "FAILED" or graph.status != "RUNNING" or job is None or attempt.number >= max_retries(job.body):
        return ()
    first_id = attempt.id.partition("_attempt_")[0]
    number = attempt.number + 1
    next_id = f"{first_id}_attempt_{number}"
    return (NodeStarted(situation.at, situation.by, attempt.node, next_id, number, attempt.trigger, job.version),)


def settle_run(command: SettleRun, situation: Situation) -> Decision:
    """Decides nothing itself: what the run owes follows."""
    return Decision(touched=(command.run_id,))
