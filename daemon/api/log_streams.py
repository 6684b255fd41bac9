"""The output of job runs and crawls as CloudWatch Logs names it: log groups and, in each, a stream per job run; and
one group for crawls, with a stream per crawler.

Glue writes what a job run says to the groups `<LogGroupName>/output` and `<LogGroupName>/error`, in a stream named by
the job run's id. Here the two are the attempt's two files. What crawls say goes to `/aws-glue/crawlers`, in a stream
named by the crawler, each line with the crawl's id before it. Nothing is copied: a stream is a view of its file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from daemon.api.render_crawlers import LOG_GROUP as OF_CRAWLERS
from daemon.api.render_runs import PYTHON_LOG_GROUP, SPARK_LOG_GROUP, log_group
from daemon.engine import Engine
from daemon.errors import ResourceNotFound
from events.vocabulary import JOB, node_kind, node_name
from projections.store import AttemptPage

_OF_JOBS = [f"{group}/{kind}" for group in (PYTHON_LOG_GROUP, SPARK_LOG_GROUP) for kind in ("output", "error")]
GROUPS = tuple(sorted((*_OF_JOBS, OF_CRAWLERS)))
"""Every log group there is."""

_LOOKED_UP_AT_ONCE = 100


class Stream(NamedTuple):
    """A log stream: the job run or crawler it is named by, the file it shows, when that began (ms), whether its last
    line may be half there."""

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
    if group == OF_CRAWLERS:
        return _stream_of_crawler(engine, name) or _no_stream(
            f"{name}. A stream of {group} is named by a crawler that ran"
        )
    run = engine.run_of_attempt(name)
    stream = _stream(engine, group, (name, run)) if run is not None else None
    if stream is None:
        whose = "whose LogGroupName this group belongs to"
        _no_stream(f"{name}. A stream of {group} is named by the id of a job run {whose}")
    return stream


def _no_stream(what: str) -> NoReturn:
    raise ResourceNotFound(f"The specified log stream does not exist: {what}.")


def streams(engine: Engine, listing: Listing) -> Iterator[Stream]:
    """The streams of a group in order of their names, which for job runs is that of their beginnings."""
    if listing.group == OF_CRAWLERS:
        yield from _streams_of_crawlers(engine, listing)
    else:
        yield from _streams_of_job_runs(engine, listing)


def _streams_of_crawlers(engine: Engine, listing: Listing) -> Iterator[Stream]:
    names = [crawler.name for crawler in engine.standing.designs.all("crawler")]
    for name in reversed(names) if listing.descending else names:
        is_behind = not listing.after or (name < listing.after if listing.descending else name > listing.after)
        stream = _stream_of_crawler(engine, name) if is_behind and name.startswith(listing.prefix) else None
        if stream is not None:
            yield stream


def _stream_of_crawler(engine: Engine, name: str) -> Stream | None:
    """The stream of a crawler, deleted or not; None if it never ran."""
    path, crawler = engine.executor.crawler_log(name), engine.standing.designs.crawler(name)
    if not path.is_file():
        return None
    # Lines are written whole, so none is ever half there.
    return Stream(name, path, crawler.created_at if crawler is not None else 0, is_growing=False)


def _streams_of_job_runs(engine: Engine, listing: Listing) -> Iterator[Stream]:
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
