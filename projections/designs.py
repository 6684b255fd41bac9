"""The definitions as they stand: workflows, triggers, jobs, crawlers and event rules by name, and the design that a run
would freeze now."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args
from weakref import WeakValueDictionary

import msgspec

from events import crawlers, data_catalog, design, notifications, schedules
from events.design import Event
from events.vocabulary import DesignSnapshot, SnapshotTrigger, StreamId, TriggerDefinition, table_key
from projections import partitions
from projections.design_graph import DesignGraph, content_hash
from projections.schedules import Schedule, rescheduled

Kind = Literal["workflow", "trigger", "job", "crawler", "classifier", "database", "table", "partitions", "rule"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Definition(msgspec.Struct, frozen=True):
    """One definition. `version` is that of its stream; a removed one keeps its version, because its stream goes on.

    `body` holds Glue's members, but for triggers, whose definition is `trigger`, for a table's partitions (see
    `projections/partitions.py`), and for rules, which have EventBridge's and `Targets`, id to ARN. `edition` counts a
    crawler's, classifier's or table's definitions from its creation on. Times are milliseconds.
    """

    kind: Kind
    name: str
    version: int
    created_at: int = 0
    modified_at: int = 0
    body: dict[str, Any] = {}
    trigger: TriggerDefinition | None = None
    state: str = ""
    tags: dict[str, str] = {}
    removed: bool = False
    edition: int = 1
    schedule: Schedule | None = None

    @property
    def stream(self) -> StreamId:
        """The stream that this definition is folded from."""
        return f"{self.kind}:{self.name}"


class Designs:
    """All definitions by kind and name. Fold it with `evolve`; read it through the methods below."""

    def __init__(self) -> None:
        self._by_stream: dict[StreamId, Definition] = {}
        self._scheduled: dict[StreamId, Definition] = {}
        self._living: dict[Kind, dict[str, Definition]] = {kind: {} for kind in KINDS}
        self._members: dict[str, set[str]] = {}
        self._designs: dict[str, DesignGraph] = {}
        self.lineages: dict[str, DesignGraph] = {}
        """By trigger outside of workflows: what may follow it, until any of those triggers changes."""
        self._compiled: WeakValueDictionary[str, DesignGraph] = WeakValueDictionary()

    def workflow(self, name: str) -> Definition | None:
        """The workflow of this name, if it is defined."""
        return self._living["workflow"].get(name)

    def trigger(self, name: str) -> Definition | None:
        """The trigger of this name, if it is defined."""
        return self._living["trigger"].get(name)

    def job(self, name: str) -> Definition | None:
        """The job of this name, if it is defined."""
        return self._living["job"].get(name)

    def crawler(self, name: str) -> Definition | None:
        """The crawler of this name, if it is defined."""
        return self._living["crawler"].get(name)

    def tables_of(self, database: str) -> list[Definition]:
        """The tables of a database, in order of name."""
        prefix = table_key(database, "")
        return [d for name, d in sorted(self._living["table"].items()) if name.startswith(prefix)]

    def rule(self, name: str) -> Definition | None:
        """The event rule of this name, if it is defined."""
        return self._living["rule"].get(name)

    def rules(self) -> Iterable[Definition]:
        """All event rules."""
        return self._living["rule"].values()

    def find(self, kind: Kind, name: str) -> Definition | None:
        """The definition of this kind and name, if there is one."""
        return self._living[kind].get(name)

    def all(self, kind: Kind) -> list[Definition]:
        """All definitions of a kind, in order of name."""
        return [definition for _, definition in sorted(self._living[kind].items())]

    def triggers_of(self, workflow: str) -> list[Definition]:
        """The triggers that belong to a workflow, in order of name."""
        return [self._living["trigger"][name] for name in sorted(self._members.get(workflow, ()))]

    def scheduled(self) -> list[Definition]:
        """Everything that has an active schedule, in no order."""
        return list(self._scheduled.values())

    def at(self, stream: StreamId) -> Definition | None:
        """What is known of a definition's stream, removed or not."""
        return self._by_stream.get(stream)

    def design(self, workflow: str) -> DesignGraph:
        """The design that a run of the workflow started now would freeze."""
        graph = self._designs.get(workflow)
        if graph is None:
            triggers = tuple(
                SnapshotTrigger(d.trigger, d.state) for d in self.triggers_of(workflow) if d.trigger is not None
            )
            graph = self._designs[workflow] = self.compiled(DesignSnapshot(workflow, triggers))
        return graph

    def compiled(self, snapshot: DesignSnapshot) -> DesignGraph:
        """The graph of a snapshot; equal snapshots share one graph as long as anything holds it."""
        name = content_hash(snapshot)
        graph = self._compiled.get(name)
        if graph is None:
            graph = self._compiled[name] = DesignGraph(snapshot)
            graph.hash = name
        return graph

    def compiled_as(self, name: str) -> DesignGraph | None:
        """The graph of this content hash, if it is in memory."""
        return self._compiled.get(name)

    def evolve(self, stream: StreamId, event: Event) -> int:
        """Takes one more event of a definition's stream into account; returns the version that the stream has with
        it."""
        before = self._by_stream.get(stream)
        definition = _with_schedule(before, _evolved(stream, before, event), event)
        self.put(definition)
        return definition.version

    def put(self, definition: Definition) -> None:
        """Puts a definition as it is now; also how persisted rows come back."""
        self._by_stream[definition.stream] = definition
        living = self._living[definition.kind]
        before = living.pop(definition.name, None)
        if not definition.removed:
            living[definition.name] = definition
        self._scheduled.pop(definition.stream, None)
        if definition.schedule is not None and definition.schedule.expression:
            self._scheduled[definition.stream] = definition
        if definition.kind == "trigger" and not _is_same_trigger(before, definition):
            self._place(before, member=False)
            self._place(None if definition.removed else definition, member=True)

    def _place(self, definition: Definition | None, *, member: bool) -> None:
        """Keeps the triggers of each workflow, and forgets the compiled design that they made."""
        if definition is None or definition.trigger is None:
            return
        workflow = definition.trigger.workflow_name
        self._designs.pop(workflow, None)
        if not workflow:
            self.lineages.clear()
        names = self._members.setdefault(workflow, set())
        names.add(definition.name) if member else names.discard(definition.name)


def _is_same_trigger(before: Definition | None, after: Definition) -> bool:
    """Whether designs that hold the trigger stay as they are: a firing schedule changes none."""
    return before is not None and (before.trigger, before.state) == (after.trigger, after.state)


def _with_schedule(before: Definition | None, after: Definition, event: Event) -> Definition:
    """The definition with its schedule brought forward; one that was removed has none."""
    expression_of = _ACTIVE_EXPRESSION.get(after.kind)
    if expression_of is None:
        return after
    known = before.schedule if before is not None else None
    schedule = None if after.removed else rescheduled(known, expression_of(after), event)
    return after if schedule == after.schedule else msgspec.structs.replace(after, schedule=schedule)


def _of_trigger(definition: Definition) -> str:
    """Glue: a scheduled trigger fires only when ACTIVATED."""
    trigger = definition.trigger
    is_active = trigger is not None and trigger.type == "SCHEDULED" and definition.state == "ACTIVATED"
    return (trigger.schedule or "") if trigger is not None and is_active else ""


def _of_crawler(definition: Definition) -> str:
    """Glue: a crawler's schedule is active unless it was stopped."""
    return "" if definition.state == "NOT_SCHEDULED" else definition.body.get("Schedule") or ""


_ACTIVE_EXPRESSION: dict[Kind, Callable[[Definition], str]] = {"trigger": _of_trigger, "crawler": _of_crawler}
"""Kinds of definitions that can be scheduled -> the expression by which one is to fire now; empty for none."""


def _evolved(stream: StreamId, before: Definition | None, event: Event) -> Definition:
    """The definition after one more event."""
    match event:
        case design.WorkflowDefined() | design.JobDefined() | crawlers.CrawlerDefined():
            kind = _KIND_OF[type(event)]
            version = before.version + 1 if before else 1
            return Definition(kind, event.name, version, event.at, event.at, event.definition, tags=event.tags)
        case design.TriggerDefined():
            version = before.version + 1 if before else 1
            state = "ACTIVATED" if event.activated else "CREATED"
            return Definition(
                "trigger", event.definition.name, version, event.at, event.at, {}, event.definition, state, event.tags
            )
        case crawlers.ClassifierDefined():
            version = before.version + 1 if before else 1
            return Definition("classifier", event.name, version, event.at, event.at, event.definition)
        case data_catalog.DatabaseDefined() | data_catalog.TableDefined():
            version, name = before.version + 1 if before else 1, stream.partition(":")[2]
            tags = event.tags if isinstance(event, data_catalog.DatabaseDefined) else {}
            return Definition(_KIND_OF[type(event)], name, version, event.at, event.at, event.definition, tags=tags)
        case data_catalog.PartitionsAdded() if before is None or before.removed:
            before = Definition("partitions", stream.partition(":")[2], before.version if before else 0, event.at)
        case notifications.RulePut():
            return _rule(event, before)
    if before is None:
        raise ValueError(f"The stream {stream} begins with {type(event).__name__}, which cannot begin a definition.")
    return _changed(before, event)


_KIND_OF: dict[type[Event], Kind] = {
    design.WorkflowDefined: "workflow",
    design.JobDefined: "job",
    crawlers.CrawlerDefined: "crawler",
    data_catalog.DatabaseDefined: "database",
    data_catalog.TableDefined: "table",
}


_REMOVALS = (
    design.WorkflowRemoved,
    design.TriggerRemoved,
    design.JobRemoved,
    crawlers.CrawlerRemoved,
    crawlers.ClassifierRemoved,
    data_catalog.DatabaseRemoved,
    data_catalog.TableRemoved,
    data_catalog.PartitionsCleared,
    notifications.RuleRemoved,
)


def _rule(event: notifications.RulePut, before: Definition | None) -> Definition:
    """A rule put again keeps its targets; one that was removed has none any more."""
    version, created = (before.version + 1, before.created_at) if before else (1, event.at)
    body = {**event.definition, "Targets": before.body.get("Targets", {}) if before else {}}
    return Definition("rule", event.name, version, created, event.at, body)


def _changed(before: Definition, event: Event) -> Definition:
    """A definition that exists, after one more event."""
    changes: dict[str, Any] = {"version": before.version + 1}
    match event:
        case design.WorkflowChanged() | design.JobChanged() | data_catalog.DatabaseChanged():
            changes |= {"body": event.definition, "modified_at": event.at}
        case crawlers.CrawlerChanged() | crawlers.ClassifierChanged() | data_catalog.TableChanged():
            changes |= {"body": event.definition, "modified_at": event.at, "edition": before.edition + 1}
        case design.TriggerChanged():
            changes |= {"trigger": event.definition, "modified_at": event.at}
        case data_catalog.PartitionsAdded() | data_catalog.PartitionChanged() | data_catalog.PartitionsRemoved():
            changes |= {"body": partitions.evolved(before.body, event), "modified_at": event.at}
        case design.TriggerActivated():
            changes |= {"state": "ACTIVATED"}
        case design.TriggerDeactivated():
            changes |= {"state": "DEACTIVATED"}
        case crawlers.CrawlerScheduleStarted():
            changes |= {"state": "SCHEDULED"}
        case crawlers.CrawlerScheduleStopped():
            changes |= {"state": "NOT_SCHEDULED"}
        case schedules.ScheduleFired():
            pass  # the version; the schedule itself is brought forward for all kinds alike
        case design.ResourceTagged():
            changes |= {"tags": {**before.tags, **event.tags}}
        case design.ResourceUntagged():
            changes |= {"tags": {k: v for k, v in before.tags.items() if k not in event.keys}}
        case notifications.RuleTargetsPut():
            changes |= {"body": {**before.body, "Targets": {**before.body["Targets"], **event.targets}}}
        case notifications.RuleTargetsRemoved():
            kept = {key: arn for key, arn in before.body["Targets"].items() if key not in event.ids}
            changes |= {"body": {**before.body, "Targets": kept}}
        case _ if isinstance(event, _REMOVALS):
            changes |= {"removed": True, "body": {}, "trigger": None, "tags": {}}
    return msgspec.structs.replace(before, **changes)
