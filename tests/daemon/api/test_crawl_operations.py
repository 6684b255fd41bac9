"""Crawls over the wire, of a daemon that runs nothing: states, lists with their filters, and what is refused."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import refused
from tests.daemon.api.serving import until


def crawl(glue: Any, name: str) -> None:
    """Defines a crawler, if there is none, and runs it to its end."""
    if name not in glue.list_crawlers()["CrawlerNames"]:
        glue.create_crawler(Name=name, Role="r", Targets={"S3Targets": []})
    glue.start_crawler(Name=name)
    until(lambda: glue.get_crawler(Name=name)["Crawler"], lambda crawler: crawler["State"] == "READY")


def test_unknown_crawlers(glue: Any) -> None:
    """Each operation has a text of its own."""
    for operation in (glue.start_crawler, glue.stop_crawler):
        assert refused(operation, Name="absent")[0] == "EntityNotFoundException"
    expected = ("EntityNotFoundException", "Crawler entry with name absent does not exist")
    assert refused(glue.list_crawls, CrawlerName="absent") == expected
    assert glue.get_crawler_metrics(CrawlerNameList=["absent"])["CrawlerMetricsList"] == []


def test_a_resting_crawler_cannot_be_stopped(glue: Any) -> None:
    """There is nothing to stop."""
    crawl(glue, "resting")
    assert refused(glue.stop_crawler, Name="resting")[0] == "CrawlerNotRunningException"


def test_crawls_are_listed_newest_first_and_chosen(glue: Any) -> None:
    """By id, state and time, page by page."""
    for _ in range(3):
        crawl(glue, "listed")
    crawls = glue.list_crawls(CrawlerName="listed")["Crawls"]
    ids = [c["CrawlId"] for c in crawls]
    assert ids == sorted(ids, reverse=True)
    page = glue.list_crawls(CrawlerName="listed", MaxResults=2)
    rest = glue.list_crawls(CrawlerName="listed", MaxResults=2, NextToken=page["NextToken"])
    assert [c["CrawlId"] for c in (*page["Crawls"], *rest["Crawls"])] == ids
    for filters, expected in (
        ([("CRAWL_ID", "EQ", ids[1])], ids[1:2]),
        ([("STATE", "NE", "COMPLETED")], []),
        ([("STATE", "EQ", "COMPLETED"), ("START_TIME", "GE", crawls[1]["StartTime"].isoformat())], ids[:2]),
        ([("END_TIME", "LT", "0")], []),
    ):
        asked = [{"FieldName": f, "FilterOperator": o, "FieldValue": v} for f, o, v in filters]
        assert [c["CrawlId"] for c in glue.list_crawls(CrawlerName="listed", Filters=asked)["Crawls"]] == expected


@pytest.mark.parametrize(
    ("described", "text"),
    [
        (
            {"FieldName": "STATE", "FilterOperator": "GT", "FieldValue": "x"},
            "Only EQ or NE operator is allowed",
        ),
        ({"FieldName": "CRAWL_ID", "FilterOperator": "NE"}, "FilterOperator: NE, FieldValue: null"),
        ({"FieldName": "START_TIME", "FilterOperator": "GT", "FieldValue": "x"}, "is no time"),
        ({"FieldName": "DPU_HOUR", "FilterOperator": "GT", "FieldValue": "x"}, "is no number"),
    ],
)
def test_bad_filters_are_refused(glue: Any, described: dict[str, str], text: str) -> None:
    """In Glue's words where they are known."""
    if "filtered" not in glue.list_crawlers()["CrawlerNames"]:
        crawl(glue, "filtered")
    refusal = refused(glue.list_crawls, CrawlerName="filtered", Filters=[described])
    assert (refusal[0], text in refusal[1]) == ("InvalidInputException", True)


def test_metrics_are_whole(glue: Any) -> None:
    """Airflow reads every member."""
    crawl(glue, "measured")
    (metrics,) = glue.get_crawler_metrics(CrawlerNameList=["measured"])["CrawlerMetricsList"]
    assert set(metrics) == {
        "CrawlerName",
        "TimeLeftSeconds",
        "StillEstimating",
        "LastRuntimeSeconds",
        "MedianRuntimeSeconds",
        "TablesCreated",
        "TablesUpdated",
        "TablesDeleted",
    }
