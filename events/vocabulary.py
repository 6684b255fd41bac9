"""The words that facts are made of: ids, node keys, states, and the definitions of triggers.

Values here are stored inside events, so their field names are a storage format. Trigger definitions keep the member
names of Glue's own API (`JobName`, `CrawlState`): what a client sent is what the log holds, and what other tools can
read.
"""

import hashlib
import uuid
from typing import Any, Literal
from urllib.parse import quote

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
CRAWL_STREAM_PREFIX = "crawl:"
NODE_ID_PREFIX = "wnode_"
RUN_PREFIXES = (RUN_ID_PREFIX, JOB_RUN_ID_PREFIX, CRAWL_STREAM_PREFIX)
INBOX = "inbox"
SEAL_STREAM: StreamId = "seal"
"""The stream of all seals: see `events/seals.py`."""

MILLIS_DIGITS = 12
_HASH_DIGITS = 64 - MILLIS_DIGITS


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
        self._prefix = f"{at:0{MILLIS_DIGITS}x}"
        self._seed = hashlib.blake2b(seed)
        self._count = 0

    def mint(self, kind: str) -> str:
        """The next id: `kind` is its prefix, such as `wr_`."""
        self._count += 1
        digest = self._seed.copy()
        digest.update(b"%d" % self._count)
        return kind + self._prefix + digest.hexdigest()[:_HASH_DIGITS]

    def mint_uuid(self) -> str:
        """The next id as a UUID (version 7: milliseconds, then random), which is how Glue names crawls."""
        digits = self.mint("")
        return str(uuid.UUID(f"{digits[:MILLIS_DIGITS]}7{digits[13:16]}8{digits[17:32]}"))


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


def classifier_stream(name: str) -> StreamId:
    """The stream of a classifier's definition."""
    return f"classifier:{name}"


def crawl_stream(crawl_id: str) -> StreamId:
    """The stream of a crawl that stands alone."""
    return CRAWL_STREAM_PREFIX + crawl_id


def database_stream(name: str) -> StreamId:
    """The stream of a database of the data catalog."""
    return f"database:{name}"


def table_key(database: str, name: str) -> str:
    """A table's name among those of all databases. Both parts may hold a slash, so it is escaped in the first."""
    return f"{quote(database, safe='')}/{name}"


def table_stream(database: str, name: str) -> StreamId:
    """The stream of a table's versions."""
    return f"table:{table_key(database, name)}"


def partitions_stream(database: str, name: str) -> StreamId:
    """The stream of a table's partitions."""
    return f"partitions:{table_key(database, name)}"


def partition_key(values: tuple[str, ...]) -> str:
    """A partition's name among those of its table: no two have the same values."""
    return "/".join(quote(value, safe="") for value in values)


def rule_stream(name: str) -> StreamId:
    """The stream of a rule, which says what events go to which workflows."""
    return f"rule:{name}"


def inbox_stream(workflow: str) -> StreamId:
    """The stream of the events that a workflow was notified of."""
    return f"{INBOX}:{workflow}"


def is_inbox_stream(stream: StreamId) -> bool:
    """Whether the stream holds the events that a workflow was notified of."""
    return stream.startswith(f"{INBOX}:")


def design_stream(content_hash: str) -> StreamId:
    """The stream that holds one design snapshot, named by its content."""
    return f"design:{content_hash}"


def is_run_stream(stream: StreamId) -> bool:
    """Whether the stream holds the facts of a workflow run, or of a job run or a crawl that stands alone."""
    return stream.startswith(RUN_PREFIXES)


def run_stream(run_id: str) -> StreamId:
    """The stream of a run by the id that clients know it by; a crawl's has no prefix of its own."""
    return run_id if is_run_stream(run_id) else CRAWL_STREAM_PREFIX + run_id


class EventBatch(msgspec.Struct, frozen=True, omit_defaults=True):
    """The events that began a run: versions `first` to `last` of the stream of its workflow's inbox.

    `size` is how many they are if their number fired the batch, else 0; `window` the seconds of the window if its end
    did, else 0. `hops` counts the event-started runs of the chain that led here, this one included: 1 for an event from
    outside.
    """

    first: int
    last: int
    size: int = 0
    window: int = 0
    hops: int = 1


class Cause(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a run began: `kind` is API, TRIGGER, SCHEDULE, EVENT or RESUME; the rest names the one that did it.

    `due` is the moment that a schedule started it for, in milliseconds since the epoch.
    `batch` is there in a run that events began, and is kept in those that resume it.
    """

    kind: Literal["API", "TRIGGER", "SCHEDULE", "EVENT", "RESUME"]
    trigger: str = ""
    event_ids: tuple[str, ...] = ()
    due: int | None = None
    batch: EventBatch | None = None


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


class CatalogPartition(msgspec.Struct, frozen=True, omit_defaults=True, rename="pascal"):
    """A partition of a table: the values of its keys in their order, where its files are, and what a client said of it
    beside that: the members of Glue's PartitionInput but Values. A crawl's partitions have the table's storage."""

    values: tuple[str, ...]
    location: str
    definition: dict[str, Any] = {}


class CrawlReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a crawl read, and what it changed in the data catalog.

    `failures` holds the first of the files that could not be read, each as `path: reason`; `failed_files` counts all.
    """

    files: int = 0
    failed_files: int = 0
    tables_created: int = 0
    tables_updated: int = 0
    tables_deleted: int = 0
    partitions_created: int = 0
    partitions_deleted: int = 0
    failures: tuple[str, ...] = ()
