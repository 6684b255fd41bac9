"""Crawlers for specifications of decisions, and what their crawls find."""

from typing import Any

from daemon import commands, crawler_commands
from daemon.crawling.findings import FailedFile, Findings, FoundPartition, FoundTable
from events.vocabulary import CRAWLER, node_key
from projections.crawler_terms import UPDATED_BY
from tests.daemon.decisions.specification import Specification

BODY = {"DatabaseName": "Sales", "Targets": {"S3Targets": [{"Path": "/lake"}]}}


def given_crawler(spec: Specification, name: str = "C", **members: Any) -> Specification:
    """Defines a crawler of /lake that writes to the database sales."""
    return spec.when(crawler_commands.DefineCrawler, name, {**BODY, **members})


def table(name: str, *partitions: str, kind: str = "bigint") -> FoundTable:
    """A table with one column, found by crawler C below /lake; each partition is a value of its one key."""
    storage = {"Columns": [{"Name": "id", "Type": kind}], "Location": f"/lake/{name}/"}
    definition = {"StorageDescriptor": storage, "Parameters": {UPDATED_BY: "C"}}
    found = tuple(FoundPartition((value,), f"/lake/{name}/{value}/") for value in partitions)
    return FoundTable(name, definition, found)


def findings(*tables: FoundTable, failed: str = "") -> Findings:
    """What a crawl of /lake found; `failed` is a file that could not be read."""
    failures = (FailedFile(failed, "damaged"),) if failed else ()
    return Findings(tables, ("/lake/",), failures, len(tables))


def crawl(spec: Specification, *tables: FoundTable, failed: str = "") -> Specification:
    """Crawler C crawls outside of any workflow and finds these tables."""
    crawl_id = spec.when(crawler_commands.StartCrawl, "C").answer
    return finds(spec, f"crawl:{crawl_id}", findings(*tables, failed=failed))


def finds(spec: Specification, run: str, found: Findings) -> Specification:
    """The crawl of C that is under way in a run ends with findings."""
    attempt = next(a for a in spec.graph(run).attempts[node_key(CRAWLER, "C")] if a.state == "RUNNING")
    return spec.when(commands.CompleteNode, run, attempt.id, "SUCCEEDED", None, 0, None, found)
