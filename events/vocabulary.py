"""The words that facts are made of: ids, node keys, states, and the definitions of triggers.

Values here are stored inside events, so their field names are a storage format. Trigger definitions keep the member
names of Glue's own API (`JobName`, `CrawlState`): what a client sent is what the log holds, and what other tools can
read.
"""

import hashlib
from typing import Any, Literal

import msgspec

NodeKind = Literal["JOB", "CRAWLER"]
JOB: NodeKind = "JOB"
CRAWLER: NodeKind = "CRAWLER"

NodeKey = str
"""A job or crawler node within a workflow: `JOB:name` or `CRAWLER:name`. Name and type identify a node in Glue."""

StreamId = str
"""Names one stream of events. A run's stream is named by its run id; see the functions below for the others."""

StopReason = Literal["STOPPED", "TIMEOUT"]

WATCHABLE_JOB_STATES = ("SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT")
"""States that a condition may wait for. Glue: ERROR and EXPIRED are not among them, so they never match."""

WATCHABLE_CRAWL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")

RUN_ID_PREFIX = "wr_"
JOB_RUN_ID_PREFIX = "jr_"
NODE_ID_PREFIX = "wnode_"
_MILLIS_DIGITS = 12
_HASH_DIGITS = 64 - _MILLIS_DIGITS


def node_key(kind: NodeKind, name: str) -> NodeKey:
    """The key of the node for a job or a crawler."""
    return f"{kind}:{name}"


def node_name(key: NodeKey) -> str:
    """The job's or crawler's own name."""
    return key.partition(":")[2]


def node_kind(key: NodeKey) -> NodeKind:
    """Whether the node is a job or a crawler."""
    return CRAWLER if key.startswith(CRAWLER) else JOB


def unique_id(workflow: str, kind: str, name: str) -> str:
    """The `UniqueId` of a graph node.

    Glue shows the same id in the design's graph and in every run's graph, so it depends on neither; a node id taken
    from any of them can be given to ResumeWorkflowRun.
    """
    digest = hashlib.sha256("\0".join((workflow, kind, name)).encode("utf-8", "surrogatepass"))
    return NODE_ID_PREFIX + digest.hexdigest()


class IdSource:
    """Mints ids in Glue's form (prefix and 64 hex digits), the same ones again for the same moment and seed.

    The leading 12 digits are milliseconds, so later ids sort after earlier ones and the store's index grows at its
    end; the rest is a hash of the seed that arrived with the command. Decisions stay pure although they need an
    unknown number of ids.
    """

    __slots__ = ("_count", "_prefix", "_seed")

    def __init__(self, at: int, seed: bytes) -> None:
        self._prefix = f"{at:0{_MILLIS_DIGITS}x}"
        self._seed = hashlib.blake2b(seed)
        self._count = 0

    def mint(self, kind: str) -> str:
        """The next id: `kind` is its prefix, such as `wr_`."""
        self._count += 1
        digest = self._seed.copy()
        digest.update(b"%d" % self._count)
        return kind + self._prefix + digest.hexdigest()[:_HASH_DIGITS]


def workflow_stream(name: str) -> StreamId:
    """The stream of a workflow's definition."""
    return f"workflow:{name}"


def trigger_stream(name: str) -> StreamId:
    """The stream of a trigger's definition."""
    return f"trigger:{name}"


def job_stream(name: str) -> StreamId:
    """The stream of a job's definition."""
    return f"job:{name}"


def crawler_stream(name: str) -> StreamId:
    """The stream of a crawler's definition."""
    return f"crawler:{name}"


def design_stream(content_hash: str) -> StreamId:
    """The stream that holds one design snapshot, named by its content."""
    return f"design:{content_hash}"


def is_run_stream(stream: StreamId) -> bool:
    """Whether the stream holds the facts of a workflow run or of a job run that stands alone."""
    return stream.startswith((RUN_ID_PREFIX, JOB_RUN_ID_PREFIX))


class Cause(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a run began: `kind` is API, TRIGGER, SCHEDULE, EVENT or RESUME; the rest names the one that did it.

    `due` is the moment that a schedule started it for, in milliseconds since the epoch.
    """

    kind: Literal["API", "TRIGGER", "SCHEDULE", "EVENT", "RESUME"]
    trigger: str = ""
    event_ids: tuple[str, ...] = ()
    due: int | None = None


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """One watched job or crawler of a predicate, with the state it must end in."""

    logical_operator: str = ""
    job_name: str = ""
    state: str = ""
    crawler_name: str = ""
    crawl_state: str = ""

    @property
    def node(self) -> NodeKey:
        """The node that is watched."""
        return node_key(JOB, self.job_name) if self.job_name else node_key(CRAWLER, self.crawler_name)

    @property
    def wanted(self) -> str:
        """The state that matches."""
        return self.state if self.job_name else self.crawl_state


class Predicate(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """When a conditional trigger fires. `Logical` is optional with one condition; Glue's default is AND."""

    logical: str = ""
    conditions: tuple[Condition, ...] = ()


class Action(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """One job or crawler that a trigger starts, with what it lays over that job's own settings."""

    job_name: str = ""
    arguments: dict[str, str] = {}
    timeout: int | None = None
    security_configuration: str | None = None
    notification_property: dict[str, Any] | None = None
    crawler_name: str = ""

    @property
    def node(self) -> NodeKey:
        """The node that is started."""
        return node_key(JOB, self.job_name) if self.job_name else node_key(CRAWLER, self.crawler_name)


class TriggerDefinition(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """A trigger as Glue's API shows it, its state left out: that is a matter of further events."""

    name: str
    type: str
    workflow_name: str = ""
    description: str | None = None
    schedule: str | None = None
    actions: tuple[Action, ...] = ()
    predicate: Predicate | None = None
    event_batching_condition: dict[str, Any] | None = None


class SnapshotTrigger(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """A trigger as a run's design snapshot froze it: its definition, and whether it was activated."""

    definition: TriggerDefinition
    state: str


class DesignSnapshot(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """The triggers of a workflow at one moment, in order of name. Jobs and crawlers are not frozen (Glue: "Snapshots
    make only triggers immutable")."""

    workflow_name: str
    triggers: tuple[SnapshotTrigger, ...] = ()
