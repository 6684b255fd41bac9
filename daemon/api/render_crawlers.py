"""Crawlers in Glue's shapes.

What a client sent comes back as it was, but for the role, which Glue answers by name however it was given. Policies
that were left out are shown with Glue's defaults; Terraform expects them so.
"""

import statistics
from typing import Any

import msgspec
import orjson

from daemon.api.render import present, seconds
from events.vocabulary import CrawlReport
from projections.designs import Definition
from projections.run_values import Attempt

DEFAULT_POLICIES: dict[str, Any] = {
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
_EMPTY_IS_ABSENT = ("Schedule", "Configuration", "CrawlerSecurityConfiguration")


class CrawlerStanding(msgspec.Struct, frozen=True):
    """How a crawler stands: its crawl under way and the one that ended last, where there are such."""

    under_way: Attempt | None = None
    last: Attempt | None = None


def crawler(definition: Definition, standing: CrawlerStanding, now: int) -> dict[str, Any]:
    """A Crawler."""
    body = {name: value for name, value in definition.body.items() if value or name not in _EMPTY_IS_ABSENT}
    schedule = body.pop("Schedule", None)
    return present(
        {
            "Name": definition.name,
            "Classifiers": [],
            **DEFAULT_POLICIES,
            **body,
            "Role": role_name(body.get("Role", "")),
            "State": _state(standing.under_way),
            "Schedule": {"ScheduleExpression": schedule, "State": definition.state or "SCHEDULED"}
            if schedule
            else None,
            "CrawlElapsedTime": max(0, now - standing.under_way.started_at) if standing.under_way else 0,
            "LastCrawl": _last_crawl(definition.name, standing.last) if standing.last else None,
            "CreationTime": seconds(definition.created_at),
            "LastUpdated": seconds(definition.modified_at),
            "Version": definition.edition,
        }
    )


def role_name(role: str) -> str:
    """A role by its name (and path), as Glue answers it for an ARN too."""
    return role.partition(":role/")[2] if role.startswith("arn:") and ":role/" in role else role


def crawl(attempt: Attempt, name: str) -> dict[str, Any]:
    """A Crawl, as a node of a workflow run's graph has it. Glue has no word for a crawl that waits for its crawler."""
    return present(
        {
            "State": _CRAWL_STATES.get(attempt.state, attempt.state),
            "StartedOn": seconds(attempt.started_at),
            "CompletedOn": seconds(attempt.completed_at),
            "ErrorMessage": attempt.error,
            "LogGroup": LOG_GROUP,
            "LogStream": name,
        }
    )


def history(attempt: Attempt, name: str) -> dict[str, Any]:
    """A CrawlerHistory: one crawl as ListCrawls has it."""
    return present(
        {
            "CrawlId": attempt.id,
            "State": history_state(attempt),
            "StartTime": seconds(attempt.started_at),
            "EndTime": seconds(attempt.completed_at),
            "Summary": _summary(attempt.crawl) if attempt.crawl else None,
            "ErrorMessage": attempt.error,
            "LogGroup": LOG_GROUP,
            "LogStream": name,
            "MessagePrefix": attempt.id,
            "DPUHour": 0.0,
        }
    )


def history_state(attempt: Attempt) -> str:
    """A crawl's state in the words of CrawlerHistory."""
    return _HISTORY_STATES.get(attempt.state, "FAILED")


def metrics(name: str, standing: CrawlerStanding, ended: list[Attempt]) -> dict[str, Any]:
    """CrawlerMetrics. Airflow needs every member. `ended` are the last crawls that ended, newest first; the counts of
    tables are those of the newest."""
    runtimes = [(a.completed_at - a.started_at) / 1000 for a in ended if a.completed_at is not None]
    report = (ended[0].crawl if ended else None) or CrawlReport()
    return {
        "CrawlerName": name,
        "TimeLeftSeconds": 0.0,
        "StillEstimating": standing.under_way is not None,
        "LastRuntimeSeconds": runtimes[0] if runtimes else 0.0,
        "MedianRuntimeSeconds": statistics.median(runtimes) if runtimes else 0.0,
        "TablesCreated": report.tables_created,
        "TablesUpdated": report.tables_updated,
        "TablesDeleted": report.tables_deleted,
    }


LOG_GROUP = "/aws-glue/crawlers"
_CRAWL_STATES = {"WAITING": "RUNNING", "STOPPING": "CANCELLING"}
_HISTORY_STATES = {
    "WAITING": "RUNNING",
    "RUNNING": "RUNNING",
    "STOPPING": "RUNNING",
    "SUCCEEDED": "COMPLETED",
    "CANCELLED": "STOPPED",
}


def _state(under_way: Attempt | None) -> str:
    if under_way is None:
        return "READY"
    return "STOPPING" if under_way.state == "STOPPING" else "RUNNING"


def _last_crawl(name: str, last: Attempt) -> dict[str, Any]:
    """A LastCrawlInfo. Its Status knows no ERROR."""
    return present(
        {
            "Status": "FAILED" if last.state == "ERROR" else last.state,
            "ErrorMessage": last.error,
            "LogGroup": LOG_GROUP,
            "LogStream": name,
            "MessagePrefix": last.id,
            "StartTime": seconds(last.started_at),
        }
    )


def _summary(report: CrawlReport) -> str:
    """What Glue writes as JSON text: the changes by kind; and, as ours, the files that could not be read."""
    tables = {"ADD": report.tables_created, "UPDATE": report.tables_updated, "DELETE": report.tables_deleted}
    partitions = {"ADD": report.partitions_created, "DELETE": report.partitions_deleted}
    summary: dict[str, Any] = {
        noun: {verb: {"Count": count} for verb, count in counts.items() if count}
        for noun, counts in (("TABLE", tables), ("PARTITION", partitions))
        if any(counts.values())
    }
    if report.failed_files:
        summary["FAILED_FILES"] = {"Count": report.failed_files, "Details": list(report.failures)}
    return orjson.dumps(summary).decode()
