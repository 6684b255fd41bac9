"""What is wrong with definitions that is no error: triggers that can never fire, names of nothing, orphans.

Glue accepts all of it and stays silent: a trigger that was never activated or waits for a job that nothing starts just
never fires. Pure: definitions in, findings out.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from events.vocabulary import (
    CRAWLER,
    WATCHABLE_CRAWL_STATES,
    WATCHABLE_JOB_STATES,
    Condition,
    NodeKey,
    TriggerDefinition,
    node_kind,
    node_name,
)
from projections.design_graph import START_TYPES
from projections.designs import Definition, Designs

MOST_NODES = 100
MOST_CRAWLERS = 2
NEEDS_ACTIVATION = ("CONDITIONAL", "SCHEDULED")


class Finding(msgspec.Struct, frozen=True):
    """One thing found. A `note` works here but not on Glue; a `warning` most likely is not what its author meant."""

    severity: Literal["warning", "note"]
    rule: str
    workflow: str
    subject: str
    text: str


def lint(designs: Designs, workflow: str | None = None) -> list[Finding]:
    """What is found in one workflow; without a name in all, in triggers of deleted workflows and in stand-alone
    ones."""
    if workflow is not None:
        return list(_of_group(designs, workflow))
    names = dict.fromkeys(
        (
            *(d.name for d in designs.all("workflow")),
            *(d.trigger.workflow_name for d in designs.all("trigger") if d.trigger),
        )
    )
    return [finding for name in names for finding in _of_group(designs, name)]


def _of_group(designs: Designs, workflow: str) -> Iterator[Finding]:
    """The findings in the triggers of one workflow, or in those that stand alone (the empty name)."""
    triggers = designs.triggers_of(workflow)
    if workflow and designs.workflow(workflow) is None:
        for trigger in triggers:
            yield _warning("orphan-trigger", trigger, f"belongs to workflow {workflow!r}, which is deleted")
        return
    reach = _Reach(designs, triggers, stands_alone=not workflow)
    definitions = [d.trigger for d in triggers if d.trigger is not None]
    if workflow and triggers and not any(d.type in START_TYPES for d in definitions):
        yield _of_workflow("warning", "no-start", workflow, "has no start trigger: its runs do nothing")
    for trigger in triggers:
        yield from _of_trigger(trigger, reach)
    nodes = {action.node for d in definitions for action in d.actions}
    for node in sorted(n for n in nodes if not _is_defined(designs, n)):
        text = f"{_shown(node)} is not defined: its node ends in ERROR, for which nothing can wait"
        yield Finding("warning", "dangling-name", workflow, node, text)
    if workflow and len(nodes) + len(triggers) > MOST_NODES:
        text = (
            f"has {len(nodes) + len(triggers)} nodes; Glue may fail to resume or stop one with more than {MOST_NODES}"
        )
        yield _of_workflow("note", "many-nodes", workflow, text)


def _of_trigger(trigger: Definition, reach: "_Reach") -> Iterator[Finding]:
    definition = trigger.trigger
    assert definition is not None
    if definition.type in NEEDS_ACTIVATION and trigger.state != "ACTIVATED":
        text = f"is {trigger.state} and never fires: activate it (StartTrigger)"
        yield _warning("inactive-trigger", trigger, text)
    elif definition.type == "CONDITIONAL" and definition.name not in reach.firing:
        yield _warning("never-fires", trigger, f"can never fire: {'; '.join(reach.obstacles(definition))}")
    predicate = definition.predicate
    if predicate is not None and len(predicate.conditions) > 1 and not predicate.logical:
        yield _note("missing-logical", trigger, "has several conditions without Logical: AND here, refused by Glue")
    crawlers = {a.node for a in definition.actions if node_kind(a.node) == CRAWLER}
    if len(crawlers) > MOST_CRAWLERS:
        text = f"starts {len(crawlers)} crawlers; Glue allows {MOST_CRAWLERS} in a trigger"
        yield _note("many-crawlers", trigger, text)


class _Reach:
    """Which nodes a group of triggers can ever start, and which of its triggers can fire."""

    def __init__(self, designs: Designs, triggers: Iterable[Definition], stands_alone: bool) -> None:
        self._designs = designs
        self._by_node: dict[NodeKey, list[tuple[TriggerDefinition, Condition]]] = {}
        self._unreached: dict[str, int] = {}
        self.nodes: set[NodeKey] = set()
        self.firing: set[str] = set()
        starts: list[TriggerDefinition] = []
        for trigger in triggers:
            definition = trigger.trigger
            assert definition is not None
            if definition.type in START_TYPES:
                if not stands_alone or definition.type != "SCHEDULED" or trigger.state == "ACTIVATED":
                    starts.append(definition)
            elif trigger.state == "ACTIVATED":
                conditions = definition.predicate.conditions if definition.predicate else ()
                self._unreached[definition.name] = len(conditions)
                for condition in conditions:
                    self._by_node.setdefault(condition.node, []).append((definition, condition))
        self._spread(starts)

    def _spread(self, pending: list[TriggerDefinition]) -> None:
        """From the start triggers on, through whatever they make possible."""
        self.firing.update(definition.name for definition in pending)
        while pending:
            definition = pending.pop()
            for node in {action.node for action in definition.actions} - self.nodes:
                self.nodes.add(node)
                enabled = [d for d, condition in self._by_node.get(node, ()) if self._is_enabled(d, condition)]
                self.firing.update(d.name for d in enabled)
                pending += enabled

    def _is_enabled(self, definition: TriggerDefinition, reached: Condition) -> bool:
        """Whether a trigger can fire now that one more node which it watches can run.

        All its conditions are looked at once, when the last of its nodes is reached: a run's start waits for this,
        and a trigger may watch thousands.
        """
        self._unreached[definition.name] -= 1
        predicate = definition.predicate
        if definition.name in self.firing or predicate is None:
            return False
        if predicate.logical == "ANY":
            return not self._obstacle(reached)
        return self._unreached[definition.name] == 0 and not self.obstacles(definition)

    def obstacles(self, definition: TriggerDefinition) -> list[str]:
        """Why a conditional trigger cannot fire; none if it can."""
        predicate = definition.predicate
        if predicate is None or not predicate.conditions:
            return ["it has no condition"]
        found = [self._obstacle(condition) for condition in predicate.conditions]
        if predicate.logical == "ANY":
            return [text for text in found if text] if all(found) else []
        return [text for text in found if text] + _contradictions(predicate.conditions)

    def _obstacle(self, condition: Condition) -> str:
        node, wanted = condition.node, condition.wanted
        watchable = WATCHABLE_CRAWL_STATES if node_kind(node) == CRAWLER else WATCHABLE_JOB_STATES
        if wanted not in watchable:
            return f"no condition can match {_shown(node)} in state {wanted}"
        if node not in self.nodes:
            return f"it waits for {_shown(node)}, which no trigger here can start"
        return "" if _is_defined(self._designs, node) else f"it waits for {_shown(node)}, which is not defined"


def _contradictions(conditions: Iterable[Condition]) -> list[str]:
    """Nodes that all conditions together want in two states at once."""
    wanted: dict[NodeKey, set[str]] = {}
    for condition in conditions:
        wanted.setdefault(condition.node, set()).add(condition.wanted)
    return [
        f"it wants {_shown(node)} to be {' and '.join(sorted(states))} at once; with Logical ANY one would do"
        for node, states in wanted.items()
        if len(states) > 1
    ]


def _is_defined(designs: Designs, node: NodeKey) -> bool:
    return designs.find("crawler" if node_kind(node) == CRAWLER else "job", node_name(node)) is not None


def _shown(node: NodeKey) -> str:
    return f"{node_kind(node).lower()} {node_name(node)!r}"


def _warning(rule: str, trigger: Definition, text: str) -> Finding:
    return _of("warning", rule, trigger, text)


def _note(rule: str, trigger: Definition, text: str) -> Finding:
    return _of("note", rule, trigger, text)


def _of(severity: Literal["warning", "note"], rule: str, trigger: Definition, text: str) -> Finding:
    assert trigger.trigger is not None
    subject, workflow = f"TRIGGER:{trigger.name}", trigger.trigger.workflow_name
    return Finding(severity, rule, workflow, subject, f"trigger {trigger.name!r} {text}")


def _of_workflow(severity: Literal["warning", "note"], rule: str, workflow: str, text: str) -> Finding:
    return Finding(severity, rule, workflow, f"WORKFLOW:{workflow}", f"workflow {workflow!r} {text}")
