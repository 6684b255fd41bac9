"""Operations on crawlers' definitions, each once well and once for each error that it has."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import refused

ARN = "arn:aws:glue:us-east-1:123456789012:crawler"


def define_crawler(glue: Any, name: str, **members: Any) -> None:
    """A crawler without any target, unless one is given."""
    glue.create_crawler(**{"Name": name, "Role": "role", "Targets": {"S3Targets": []}, **members})


def test_a_crawler_comes_back_as_it_was_created(glue: Any) -> None:
    """Every member, the role by its name, and the policies that Glue puts where none were given."""
    target = {"Path": "/srv/lake", "Exclusions": [], "ConnectionName": "", "EventQueueArn": ""}
    members = {"DatabaseName": "sales", "Targets": {"S3Targets": [target]}, "TablePrefix": "raw_"}
    define_crawler(glue, "whole", Role="arn:aws:iam::1:role/service-role/r", **members, Configuration='{"Version":1.0}')
    crawler = glue.get_crawler(Name="whole")["Crawler"]
    assert {name: crawler[name] for name in members} == members
    assert (crawler["Role"], crawler["State"], crawler["Version"]) == ("service-role/r", "READY", 1)
    assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "DEPRECATE_IN_DATABASE"
    assert "Schedule" not in crawler
    assert crawler["CreationTime"] == crawler["LastUpdated"]


def test_an_update_changes_what_it_brings(glue: Any) -> None:
    """Members left out stay; the version counts up; the same again changes nothing."""
    define_crawler(glue, "changed", Description="old", TablePrefix="a_", Schedule="cron(0 1 * * ? *)")
    for _ in range(2):
        glue.update_crawler(Name="changed", TablePrefix="b_")
    crawler = glue.get_crawler(Name="changed")["Crawler"]
    assert (crawler["Description"], crawler["TablePrefix"], crawler["Version"]) == ("old", "b_", 2)
    assert crawler["Schedule"]["ScheduleExpression"] == "cron(0 1 * * ? *)"


def test_a_deleted_crawler_may_be_made_again(glue: Any) -> None:
    """A deleted crawler is gone at once; its name begins anew with version 1."""
    define_crawler(glue, "again", Description="first")
    glue.update_crawler(Name="again", Description="second")
    glue.delete_crawler(Name="again")
    assert refused(glue.get_crawler, Name="again") == ("EntityNotFoundException", "Crawler again not found.")
    define_crawler(glue, "again")
    assert glue.get_crawler(Name="again")["Crawler"]["Version"] == 1


@pytest.mark.parametrize("operation", ["get_crawler", "update_crawler", "delete_crawler"])
def test_an_unknown_crawler_is_not_found(glue: Any, operation: str) -> None:
    """Deleting one that is not there is an error too, unlike a job."""
    expected = ("EntityNotFoundException", "Crawler absent not found.")
    assert refused(getattr(glue, operation), Name="absent") == expected


def test_a_taken_name_is_refused(glue: Any) -> None:
    """The same definition again is refused as well: Glue's crawlers are not idempotent."""
    define_crawler(glue, "taken")
    assert refused(define_crawler, glue=glue, name="taken")[0] == "AlreadyExistsException"


@pytest.mark.parametrize("configuration", ["{", "[]"])
def test_a_configuration_is_a_json_object(glue: Any, configuration: str) -> None:
    """Anything else is bad input that names the member."""
    code, text = refused(define_crawler, glue=glue, name="odd", Configuration=configuration)
    assert (code, "Configuration" in text) == ("InvalidInputException", True)


def test_listings_page_and_choose_by_tags(glue: Any) -> None:
    """Lists are in order of name, page by page; tags given at creation come back and choose."""
    for name in ("list-a", "list-b", "list-c"):
        define_crawler(glue, name, Tags={"listed": name[-1]})
    assert glue.list_crawlers(Tags={"listed": "b"})["CrawlerNames"] == ["list-b"]
    pages = glue.get_paginator("get_crawlers").paginate(PaginationConfig={"PageSize": 2})
    names = [crawler["Name"] for page in pages for crawler in page["Crawlers"]]
    assert [name for name in names if name.startswith("list-")] == ["list-a", "list-b", "list-c"]
    found = glue.batch_get_crawlers(CrawlerNames=["list-c", "absent"])
    assert ([c["Name"] for c in found["Crawlers"]], found["CrawlersNotFound"]) == (["list-c"], ["absent"])
    glue.tag_resource(ResourceArn=f"{ARN}/list-a", TagsToAdd={"more": "x"})
    assert glue.get_tags(ResourceArn=f"{ARN}/list-a")["Tags"] == {"listed": "a", "more": "x"}


def test_a_schedule_is_stopped_started_and_changed(glue: Any) -> None:
    """Its state and expression are the crawler's; one that can never come due is refused."""
    define_crawler(glue, "timed", Schedule="cron(0 1 * * ? *)")
    glue.stop_crawler_schedule(CrawlerName="timed")
    assert glue.get_crawler(Name="timed")["Crawler"]["Schedule"]["State"] == "NOT_SCHEDULED"
    glue.start_crawler_schedule(CrawlerName="timed")
    glue.update_crawler_schedule(CrawlerName="timed", Schedule="cron(0 2 * * ? *)")
    expected = {"ScheduleExpression": "cron(0 2 * * ? *)", "State": "SCHEDULED"}
    assert glue.get_crawler(Name="timed")["Crawler"]["Schedule"] == expected
    bad = {"CrawlerName": "timed", "Schedule": "cron(0 0 * * * *)"}
    assert refused(glue.update_crawler_schedule, **bad)[0] == "InvalidInputException"
