"""What an executor is given for an attempt, made from the run's graph and the job's definition."""

from collections.abc import Callable
from typing import Any

from daemon.crawling.findings import FoundPartition, FoundTable, Task
from daemon.executors.port import Launch
from events.vocabulary import node_name
from projections.crawler_terms import NEW_FOLDERS_ONLY, UPDATED_BY, database_of, recrawl_behavior
from projections.designs import Definition, Designs
from projections.job_terms import launch_arguments
from projections.run_values import Attempt, RunGraph

JobAt = Callable[[str, int], dict[str, Any]]
"""A job's definition as of a version of its stream."""


def launch_of(graph: RunGraph, attempt: Attempt, job_at: JobAt, environment: dict[str, str]) -> Launch:
    """Everything that is needed to start the attempt."""
    job = job_at(node_name(attempt.node), attempt.job_version)
    command = job.get("Command", {})
    return Launch(
        attempt.id,
        "" if graph.stands_alone else graph.run_id,
        graph.workflow,
        node_name(attempt.node),
        command.get("Name", ""),
        command.get("ScriptLocation", ""),
        launch_arguments(graph, attempt, job),
        environment,
    )


def crawl_launch(graph: RunGraph, attempt: Attempt, designs: Designs) -> Launch:
    """Everything that is needed to start a crawl. The definition of today is the one that the crawl began with: it
    cannot change while the crawler runs.

    A crawl has the daemon's own environment: what a job gets to talk to the daemon would hide its credentials for S3.
    """
    name = node_name(attempt.node)
    run_id = "" if graph.stands_alone else graph.run_id
    return Launch(attempt.id, run_id, graph.workflow, name, "", "", crawl=_crawl_task(name, designs))


def _crawl_task(name: str, designs: Designs) -> Task:
    crawler = designs.crawler(name)
    if crawler is None:
        return Task(name, {})
    named = [(name, designs.find("classifier", name)) for name in crawler.body.get("Classifiers", ())]
    classifiers = tuple({"Name": name, **(found.body if found is not None else {})} for name, found in named)
    skips = recrawl_behavior(crawler.body) == NEW_FOLDERS_ONLY
    return Task(crawler.name, crawler.body, classifiers, _known_tables(crawler, designs) if skips else ())


def _known_tables(crawler: Definition, designs: Designs) -> tuple[FoundTable, ...]:
    """The tables that the crawler has made, with their partitions."""
    found = []
    for table in designs.tables_of(database_of(crawler.body)):
        if table.body.get("Parameters", {}).get(UPDATED_BY) == crawler.name:
            partitions = designs.find("partitions", table.name)
            rows = partitions.body.values() if partitions is not None else ()
            below = tuple(FoundPartition(tuple(row["Values"]), row["Location"]) for row in rows)
            found.append(FoundTable(table.name, table.body, below))
    return tuple(found)


def job_environment(url: str, region: str, environ: dict[str, str]) -> dict[str, str]:
    """What points boto3 in a job at this daemon. Credentials and region that are set already stay; boto3 needs some,
    we check none."""
    ours = {"AWS_ENDPOINT_URL_GLUE": url}
    defaults = {"AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": "reglue", "AWS_SECRET_ACCESS_KEY": "reglue"}
    if any(name in environ for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")):
        defaults = {"AWS_DEFAULT_REGION": region}
    return ours | {name: value for name, value in defaults.items() if name not in environ}
