"""What is measured: the value of one measure with its floor, the targets, and what peers need.

The targets and the peers' figures were measured on a two-core, 24 GiB Linux machine (Python 3.11, ext4, shared and
noisy; medians) in November 2026. On another machine the ratio to the floor says more than the absolute time.
"""

import math
from statistics import median

import msgspec


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured value, in the unit of its target. `low` and `high` are the extremes of the repetitions, `floor` is
    the median of the floor's own in the same unit, `note` says what the numbers do not."""

    key: str
    value: float | None
    low: float | None = None
    high: float | None = None
    floor: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of its floor."""
        return self.value / self.floor if self.value is not None and self.floor else None


class Target(msgspec.Struct, frozen=True):
    """What a measure should reach: `limit` in `unit` and `ratio` to the floor, at most or, of rates, at least.

    `measure` is the name under which it is run; `floor` says what its floor is; `peers` what others need.
    """

    measure: str
    title: str
    unit: str
    limit: float | None = None
    ratio: float | None = None
    floor: str = ""
    peers: str = ""
    is_rate: bool = False

    def verdict(self, figure: Figure) -> str:
        """Met if every target that there is is met; else which one alone is."""
        if figure.value is None:
            return "not measured"
        outcomes = [
            (name, self._is_met(value, bound))
            for name, value, bound in (("value", figure.value, self.limit), ("ratio", figure.ratio, self.ratio))
            if bound is not None and value is not None
        ]
        met = [name for name, is_met in outcomes if is_met]
        if not outcomes:
            return "no target"
        return "met" if len(met) == len(outcomes) else f"met by {met[0]} alone" if met else "missed"

    def _is_met(self, value: float, bound: float) -> bool:
        return value >= bound if self.is_rate else value <= bound


def of(key: str, values: list[float], floors: list[float] | None = None, note: str = "") -> Figure:
    """The median of repeated values, beside the median of the floors measured between them."""
    return Figure(key, median(values), min(values), max(values), median(floors) if floors else None, note)


def shown(value: float | None) -> str:
    """A number as people read it: three digits that matter."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


NOT_ALIKE = (
    "Not like for like: DBOS, Temporal and Restate resume a linear history and run nodes as functions inside the "
    "user's process; a Glue job is at least a process. cronstable and Dagster are the fair comparison for graphs, "
    "Restate is the bar for speed. A no-op job in the daemon compares with their functions, a real process with "
    "cronstable's and Airflow's. Prefect's and Dagster's in-process nodes are durable one by one, Temporal's local "
    "activities are not."
)

TARGETS = {
    "chain": Target(
        "chain",
        "chain of 100, no-op node, durable",
        "ms/node",
        0.9,
        3.2,
        "one durable commit",
        "Restate 1.84 · DBOS 2.4 · Temporal local activity 2.15 (not durable each) · Prefect 12 · Dagster in-process "
        "31 · Temporal activity 50 · Airflow 936",
    ),
    "fan-out": Target(
        "fan-out",
        "fan-out 1 > 500 > 1, no-op node, durable",
        "s",
        0.09,
        None,
        "its rows in one commit",
        "Restate 0.18 · Airflow (no process) 0.97 · DBOS 1.7 · Temporal 3.2 · Prefect 10 · Dagster 17.6",
    ),
    "chain of processes": Target(
        "process-chain",
        "chain of 100, a process a node, durable",
        "ms/node",
        4.0,
        3.5,
        "spawn /bin/true + one durable commit",
        "cronstable 8.4 · Metaflow 258 · Dagster multiprocess 1,581 · Airflow @task 1,198",
    ),
    "fan-out of processes": Target(
        "process-fan-out",
        "fan-out 1 > 500 > 1, a process a node",
        "s",
        1.0,
        None,
        "502 spawns of /bin/true in turn",
        "cronstable 1.96 · Airflow 40 leaves 12.9 · Metaflow 112",
    ),
    "resume": Target(
        "resume",
        "resume of 1,000 nodes, one failed leaf: request to new run done",
        "s",
        0.02,
        None,
        "two durable commits",
        "Restate 0.098 · cronstable 0.22 · Temporal 0.49 · DBOS 0.57 · Dagster 1.07 · Airflow 1.6 · Metaflow 13.9",
    ),
    "resume cold": Target(
        "resume",
        "... the first after a restart, the old run folded from the log",
        "s",
        0.02,
        None,
        "two durable commits",
    ),
    "resume preview": Target(
        "resume",
        "... its preview: what will run, what is copied, what is in the way",
        "s",
        0.01,
        peers="cronstable 0.05",
    ),
    "resume events": Target(
        "resume",
        "... events it writes, counted in the log",
        "events",
        8,
        peers="Dagster 13 (but an incomplete graph) · Airflow 4 rows (but in place) · DBOS 1,002 rows · "
        "Restate 2,002 entries · Metaflow 36,000 files",
    ),
    "resume bytes": Target("resume", "... bytes it writes (all columns)", "bytes", 4096),
    "replay": Target(
        "replay",
        "replay: recorded events folded into run graphs",
        "events/s",
        250_000,
        0.4,
        "fetch + orjson.loads of the same rows",
        is_rate=True,
    ),
    "rebuild": Target("replay", "... and with the views' rows made anew", "events/s", floor="the same", is_rate=True),
    "look back": Target(
        "look-back",
        "replay of a long log, by all processors",
        "events/s",
        200_000,
        None,
        "fetch + orjson.loads of the same rows, by one processor",
        is_rate=True,
    ),
    "look back alone": Target("look-back", "... by one", "events/s", floor="the same", is_rate=True),
    "append": Target(
        "append",
        "append, many streams, batches of 100",
        "events/s",
        20_000,
        0.3,
        "raw executemany of the same rows",
        is_rate=True,
    ),
    "journal": Target("append", "... through the journal, 100 appenders", "events/s", floor="the same", is_rate=True),
    "chain on append": Target(
        "chain-cost", "an event appended with its chain, batches of 100", "us/event", None, 1.05, "without the chain"
    ),
    "chain of few": Target(
        "chain-cost", "... by three, as one step of a run does", "us/event", None, 1.05, "without the chain"
    ),
    "chain through journal": Target(
        "chain-cost", "... through the journal, 100 appenders", "us/event", None, 1.05, "without the chain"
    ),
    "verify": Target(
        "verify",
        "verification of a sealed log",
        "events/s",
        150_000,
        None,
        "fetch and JSON parse of the same rows",
        is_rate=True,
    ),
    "verify alone": Target(
        "verify", "... by one process", "events/s", None, None, "fetch and JSON parse of the same rows", is_rate=True
    ),
    "export": Target(
        "export",
        "export of a sealed log to JSON Lines",
        "events/s",
        100_000,
        None,
        "fetch and JSON parse of the same rows",
        is_rate=True,
    ),
    "export parquet": Target("export", "... to Parquet", "events/s", floor="the same", is_rate=True),
    "import": Target("export", "... and its import with verification", "events/s", floor="the same", is_rate=True),
    "publish": Target(
        "publish",
        "log to the embedded broker, QoS 1, tracked position",
        "events/s",
        15_000,
        is_rate=True,
    ),
    "publish mosquitto": Target("publish", "... to Mosquitto, MQTT 5", "events/s", 15_000, is_rate=True),
    "chain published": Target(
        "published-runs", "chain of 100 while it is published", "ms/node", 0.9, None, "the same, not published"
    ),
    "fan-out published": Target(
        "published-runs", "fan-out 1 > 500 > 1 while it is published", "s", 0.09, None, "the same, not published"
    ),
    "start": Target(
        "start",
        "warm start of the daemon until /healthz says 200",
        "s",
        0.4,
        None,
        "bare Python",
        "Temporal 0.14 · Restate 0.145 · cronstable 0.29 · Prefect 3.0 · Dagster 6.7 · Airflow 9.6",
    ),
    "start after many": Target(
        "start", "... with many old runs (floor: with 10)", "s", 0.4, 1.2, "the same start with 10 old runs"
    ),
    "memory": Target(
        "start",
        "idle memory of the daemon, RSS, publishing (broker apart)",
        "MiB",
        64,
        None,
        "bare Python",
        "cronstable 48 · DBOS 70 · Temporal 143 · Restate 260 · Dagster 644 · Airflow 1,068",
    ),
    "memory after many": Target("start", "... with many old runs", "MiB", 64, None, "bare Python"),
    "memory share": Target("start", "... PSS, 10 old runs", "MiB", 64, None, "bare Python"),
    "page": Target(
        "page",
        "a page of 50 runs out of 1,000, HTTP keep-alive",
        "ms",
        4.0,
        None,
        "GET /healthz",
        "Restate 11.8 · Prefect 17 · Temporal 18 · Airflow 24 · Dagster 191 (DBOS 1.1 in process)",
    ),
    "page of many": Target(
        "page", "... out of many runs (floor: out of 1,000)", "ms", None, 2.0, "the same page out of 1,000"
    ),
    "graph warm": Target(
        "resumed-chain", "run with graph at the end of 100 resumes, HTTP", "ms", None, 1.5, "the first run's, same way"
    ),
    "graph cold": Target(
        "resumed-chain", "... read first after a restart", "ms", None, 1.5, "the first run's, same way"
    ),
    "wide 1,000": Target("size", "cost per event: fan-out of 1,000 nodes", "us/event", None, 1.5, "of 100 nodes"),
    "wide 10,000": Target("size", "cost per event: fan-out of 10,000 nodes", "us/event", None, 1.5, "of 1,000 nodes"),
    "layered 1,000": Target("size", "cost per event: 10 layers, 1,000 nodes", "us/event", None, 1.5, "of 100 nodes"),
    "layered 10,000": Target(
        "size", "cost per event: 10 layers, 10,000 nodes", "us/event", None, 1.5, "of 1,000 nodes"
    ),
    "version": Target("version", "reglue version, start to end", "s", 0.3, None, "bare Python"),
}
"""Every figure by its key, in the order of the table."""

MEASURES = tuple(dict.fromkeys(target.measure for target in TARGETS.values()))
"""The names that --only takes."""
