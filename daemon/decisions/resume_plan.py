"""What a resume will do: a pure function of the previous run's graph, the picks and the options.

The decision and the preview both come from here, so that they cannot differ. On the previous run's own triggers the
picks restart as Glue says; on today's, `projections/carrying.py` says what is kept and what starts.
"""

from collections.abc import Iterable

import msgspec

from daemon.commands import ResumeRun
from daemon.decisions.decision import Situation, run_of_workflow, with_nodes
from daemon.decisions.fitting import fitting
from daemon.decisions.picks import failed_nodes, first_upstream, picked_nodes, trigger_of
from daemon.decisions.plan_token import moment_of, token_of
from daemon.errors import EntityNotFound, IllegalWorkflowState, InvalidInput
from events.vocabulary import NodeKey
from projections.design_graph import DesignGraph
from projections.run_values import RunGraph

LONGEST_KEY = 255
LONGEST_VALUE = 4_096


class Plan(msgspec.Struct, frozen=True):
    """How a run will be resumed.

    `asked` are the picks; `starting` the nodes that start at once, each with its trigger; `firing` triggers that fire
    at once for some of these; `dropped` for each pick left out the one upstream of it, or nothing where `design` has no
    such node. `resumes` are the runs that were made from the same run before.
    """

    token: str
    previous: RunGraph
    design: DesignGraph
    asked: tuple[NodeKey, ...]
    starting: dict[NodeKey, str]
    firing: tuple[str, ...]
    dropped: dict[NodeKey, NodeKey]
    properties: dict[str, str]
    maps_properties: bool
    resumes: tuple[str, ...]


class _Choice(msgspec.Struct, frozen=True):
    """The part of a plan that the graph and the picks decide."""

    design: DesignGraph
    asked: tuple[NodeKey, ...]
    starting: dict[NodeKey, str]
    firing: tuple[str, ...] = ()
    dropped: dict[NodeKey, NodeKey] = {}


def plan_resume(command: ResumeRun, situation: Situation) -> Plan:
    """The plan for a resume. Raises EntityNotFound, IllegalWorkflowState, and InvalidInput for picks and options that
    cannot be."""
    previous = run_of_workflow(situation.standing, command.workflow, command.run_id)
    if situation.standing.designs.workflow(command.workflow) is None:
        raise EntityNotFound(f"Workflow {command.workflow!r} was deleted: create it again to resume its runs.")
    with_nodes(previous)
    _refuse_unless_ended(previous, command.allow_stopped, situation.strict)
    _check_properties(command.properties)
    today = situation.standing.designs.design(command.workflow) if command.current_design else previous.design
    is_same = today.hash == previous.design.hash
    choice = _on_same_design(previous, command) if is_same else _on_design_of_today(previous, today, command)
    resumes = situation.standing.resumes.of(previous.run_id)
    parts = {
        "resumes": resumes,
        "run": previous.version,
        "picks": (choice.asked, tuple(choice.starting.items()), command.allow_stopped, command.current_design),
        "design": choice.design.hash,
        "properties": tuple(sorted(command.properties.items())),
    }
    moment = moment_of(command.plan)
    return Plan(
        token_of(situation.at if moment is None else moment, previous.run_id, parts),
        previous,
        choice.design,
        choice.asked,
        choice.starting,
        choice.firing,
        choice.dropped,
        command.properties,
        bool(command.properties) and not situation.strict,
        resumes,
    )


def _on_same_design(previous: RunGraph, command: ResumeRun) -> _Choice:
    """Glue: "The selected nodes and all nodes that are downstream from those nodes are then run."."""
    design = previous.design
    asked = _asked(picked_nodes(previous, command), previous, command)
    restarted = design.without_redundant(asked)
    starting = {node: trigger_of(previous, node) for node in restarted}
    if len(starting) == len(asked):
        return _Choice(design, asked, starting)
    above = first_upstream(design, restarted)
    return _Choice(design, asked, starting, (), {node: above[node] for node in asked if node not in starting})


def _on_design_of_today(previous: RunGraph, today: DesignGraph, command: ResumeRun) -> _Choice:
    """What is new today and would have run starts as well, so nothing need be picked for it."""
    named = picked_nodes(previous, command, today)
    fit = fitting(previous, today, named, failed_nodes(previous) if command.failed else ())
    return _Choice(today, fit.asked, fit.starting, fit.firing, fit.dropped)


def _asked(named: Iterable[NodeKey], previous: RunGraph, command: ResumeRun) -> tuple[NodeKey, ...]:
    asked = tuple(dict.fromkeys((*named, *(failed_nodes(previous) if command.failed else ()))))
    if asked:
        return asked
    if command.failed:
        raise InvalidInput(
            f"Nothing failed in run {previous.run_id}: name the nodes to run again, where they shall run all the same."
        )
    raise InvalidInput("NodeIds is empty: name at least one job or crawler node to resume the run from.")


def _refuse_unless_ended(previous: RunGraph, allow_stopped: bool, strict: bool) -> None:
    """Glue: "You can resume a workflow run only if it's in the COMPLETED state.". A STOPPED one is resumed here when
    that is asked for expressly, which Glue's wire cannot."""
    if previous.status == "STOPPED" and allow_stopped:
        if strict:
            raise IllegalWorkflowState(
                f"Run {previous.run_id} of workflow {previous.workflow!r} is STOPPED; under strict-glue only a "
                "COMPLETED run can be resumed."
            )
    elif previous.status != "COMPLETED":
        raise IllegalWorkflowState(
            f"Run {previous.run_id} of workflow {previous.workflow!r} is {previous.status}; "
            "only a COMPLETED run can be resumed."
        )


def _check_properties(properties: dict[str, str]) -> None:
    """Glue: a key has 1 to 255 characters."""
    for key, value in properties.items():
        if not 1 <= len(key) <= LONGEST_KEY:
            raise InvalidInput(f"properties: {key[:50]!r} has {len(key)} characters; a key has 1 to {LONGEST_KEY}.")
        if len(value) > LONGEST_VALUE:
            raise InvalidInput(
                f"properties: the value of {key!r} has {len(value)} characters; it may have {LONGEST_VALUE}."
            )
