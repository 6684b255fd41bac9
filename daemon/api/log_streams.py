"""The output of job runs as CloudWatch Logs names it: log groups and, in each, a stream per job run.

Glue writes what a job run says to the groups `<LogGroupName>/output` and `<LogGroupName>/error`, in a stream named by
the job run's id. Here the two are the attempt's two files. Nothing is copied: a stream is a view of its file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from daemon.api.render_runs import PYTHON_LOG_GROUP, SPARK_LOG_GROUP, log_group
from daemon.engine import Engine
from daemon.errors import ResourceNotFound
from events.vocabulary import JOB, node_kind, node_name
from projections.store import AttemptPage

GROUPS = tuple(
    sorted(f"{group}/{kind}" for group in (PYTHON_LOG_GROUP, SPARK_LOG_GROUP) for kind in ("output", "error"))
)
"""Every log group there is."""

_LOOKED_UP_AT_ONCE = 100


class Stream(NamedTuple):
    """A log stream: the job run it is named by, the file it shows, when that began (ms), whether more may come."""

    name: str
    path: Path
    began_at: int
    is_growing: bool


class Listing(NamedTuple):
    """Which streams of a group to list: those whose names begin so and come after one (before it if descending)."""

    group: str
    prefix: str = ""
    after: str = ""
    descending: bool = False


def find_group(name: str) -> str:
    """The group of this name or ARN. Raises ResourceNotFound."""
    plain = name.removesuffix(":*").rpartition(":")[2] if name.startswith("arn:") else name
    if plain not in GROUPS:
        raise ResourceNotFound(f"The specified log group does not exist: {plain}. There are {', '.join(GROUPS)}.")
    return plain


def find_stream(engine: Engine, group: str, name: str) -> Stream:
    """One stream of a group. Raises ResourceNotFound."""
    run = engine.run_of_attempt(name)
    stream = _stream(engine, group, (name, run)) if run is not None else None
    if stream is None:
        raise ResourceNotFound(
            f"The specified log stream does not exist: {name}. A stream of {group} is named by the id of a job run "
            "whose LogGroupName this group belongs to."
        )
    return stream


def streams(engine: Engine, listing: Listing) -> Iterator[Stream]:
    """The streams of a group in order of their names, which is that of the job runs' beginnings."""
    after = listing.after or listing.prefix
    if listing.descending and not listing.after:
        after = listing.prefix + "\U0010ffff"
    while page := engine.attempts_from(AttemptPage(after, _LOOKED_UP_AT_ONCE, listing.descending)):
        for row in page:
            if not row[0].startswith(listing.prefix):
                return
            stream = _stream(engine, listing.group, row)
            if stream is not None:
                yield stream
        after = page[-1][0]


def _stream(engine: Engine, group: str, row: tuple[str, str]) -> Stream | None:
    """The stream of an attempt, given with the run that holds it; None if its output is in other groups."""
    name, run = row
    graph = engine.standing.graph(run)
    attempt = graph.find(name)
    if attempt is None or node_kind(attempt.node) != JOB:
        return None
    base, _, kind = group.rpartition("/")
    if log_group(engine.job_at(node_name(attempt.node), attempt.job_version)) != base:
        return None
    files = engine.executor.logs(name)
    return Stream(name, files.stdout if kind == "output" else files.stderr, attempt.started_at, attempt.is_active)
