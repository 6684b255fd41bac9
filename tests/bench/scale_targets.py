"""What a very long history is measured by, and what is aimed at. None of it may grow with the number of runs."""

from tests.bench.figures import Target

_PAGE_MS = 20.0
_SHORT = "the same with 20 old runs"
_HEALTH = "GET /healthz"
_ROWS = "fetch + orjson.loads of the same rows"

TARGETS = {
    "runs": Target("scale", "old runs in the log", "runs"),
    "events": Target("scale", "... their events, and seals", "events"),
    "log bytes": Target("scale", "size of log.db", "bytes/run"),
    "views bytes": Target("scale", "size of views.db", "bytes/run"),
    "first start": Target("scale", "first start: all rows made from the log", "events/s", is_rate=True),
    "first memory": Target("scale", "... RSS right after it", "MiB", None, None, _SHORT),
    "start": Target("scale", "warm start until /healthz says 200", "s", 2.0, 1.2, _SHORT),
    "start processor": Target("scale", "... of a processor", "s", None, 1.2, _SHORT),
    "memory": Target("scale", "idle memory, RSS", "MiB", 64, 1.05, _SHORT),
    "memory read": Target("scale", "... after all of the reads below", "MiB", None, 1.2, _SHORT),
    "glue first": Target("scale", "GetWorkflowRuns, 50 of them: the newest", "ms", _PAGE_MS, None, _HEALTH),
    "glue middle": Target("scale", "... out of the middle", "ms", _PAGE_MS, None, _HEALTH),
    "glue last": Target("scale", "... the oldest", "ms", _PAGE_MS, None, _HEALTH),
    "v1 first": Target("scale", "/v1/workflows/W1/runs, 50 of them: the newest", "ms", _PAGE_MS, None, _HEALTH),
    "v1 middle": Target("scale", "... out of the middle", "ms", _PAGE_MS, None, _HEALTH),
    "v1 last": Target("scale", "... the oldest", "ms", _PAGE_MS, None, _HEALTH),
    "console loaded": Target("scale", "the first page of the console, which loads it", "ms", None, None, _HEALTH),
    "console first": Target("scale", "the console's page of history: the newest", "ms", _PAGE_MS, None, _HEALTH),
    "console middle": Target("scale", "... out of the middle", "ms", _PAGE_MS, None, _HEALTH),
    "console last": Target("scale", "... the oldest", "ms", _PAGE_MS, None, _HEALTH),
    "console filtered": Target("scale", "... those that failed in part", "ms", _PAGE_MS, None, _HEALTH),
    "graph cold": Target("scale", "an old run with its graph, never read before", "ms", _PAGE_MS, None, _HEALTH),
    "replay": Target(
        "scale",
        "reglue audit replay, start to end",
        "events/s",
        200_000,
        0.4,
        _ROWS,
        is_rate=True,
    ),
    "replay processor": Target("scale", "... a second of a processor", "events/s", None, None, _ROWS, is_rate=True),
    "replay memory": Target("scale", "... its RSS at most", "MiB", 128, None, _SHORT),
    "verify": Target(
        "scale",
        "reglue audit verify, start to end",
        "events/s",
        150_000,
        None,
        _ROWS,
        is_rate=True,
    ),
    "verify processor": Target("scale", "... a second of a processor", "events/s", None, None, _ROWS, is_rate=True),
    "verify memory": Target("scale", "... its RSS at most", "MiB", 128, None, _SHORT),
}
"""Every figure by its key, in the order of the table."""
