"""Classifiers and recrawl policies as clients write and read them."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import refused

TARGETS = {"S3Targets": [{"Path": "/lake"}]}
LOG_ONLY = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
NEW_FOLDERS = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}


def test_a_classifier_lives(glue: Any) -> None:
    """Made, shown, changed member by member, listed, deleted."""
    glue.create_classifier(CsvClassifier={"Name": "life", "Delimiter": "|", "Header": ["a", "b"]})
    shown = glue.get_classifier(Name="life")["Classifier"]["CsvClassifier"]
    assert (shown["Delimiter"], shown["Header"], shown["Version"]) == ("|", ["a", "b"], 1)
    glue.update_classifier(CsvClassifier={"Name": "life", "Delimiter": ";"})
    shown = glue.get_classifier(Name="life")["Classifier"]["CsvClassifier"]
    assert (shown["Delimiter"], shown["Header"], shown["Version"]) == (";", ["a", "b"], 2)
    glue.create_classifier(JsonClassifier={"Name": "life2", "JsonPath": "$.records[*]"})
    pages = glue.get_paginator("get_classifiers").paginate(PaginationConfig={"PageSize": 1})
    listed = [next(iter(one.values()))["Name"] for page in pages for one in page["Classifiers"]]
    assert [name for name in listed if name.startswith("life")] == ["life", "life2"]
    glue.delete_classifier(Name="life")
    assert refused(glue.get_classifier, Name="life") == ("EntityNotFoundException", "Classifier life not found.")
    assert refused(glue.delete_classifier, Name="life")[0] == "EntityNotFoundException"


def test_a_classifier_keeps_name_and_kind(glue: Any) -> None:
    """A name that is taken is refused, and so is another kind."""
    glue.create_classifier(JsonClassifier={"Name": "kept", "JsonPath": "$.a"})
    assert refused(glue.create_classifier, CsvClassifier={"Name": "kept"})[0] == "AlreadyExistsException"
    code, text = refused(glue.update_classifier, CsvClassifier={"Name": "kept"})
    assert (code, "is a JsonClassifier and cannot become a CsvClassifier" in text) == ("InvalidInputException", True)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "given are 0"),
        ({"CsvClassifier": {"Name": "n"}, "JsonClassifier": {"Name": "n", "JsonPath": "$.a"}}, "given are 2"),
        ({"JsonClassifier": {"Name": "n", "JsonPath": "$..[?(@.a)]"}}, "JsonPath '$..[?(@.a)]' is not understood"),
        ({"CsvClassifier": {"Name": "n", "Delimiter": "|", "QuoteSymbol": "|"}}, "QuoteSymbol must be another"),
    ],
)
def test_classifiers_that_make_no_sense_are_refused(glue: Any, members: Any, said: str) -> None:
    """With what is wrong."""
    code, text = refused(glue.create_classifier, **members)
    assert (code, said in text) == ("InvalidInputException", True)


def test_recrawl_policies_are_checked(glue: Any) -> None:
    """Events are not received; new folders only goes with LOG, in what a crawler is after the change too."""
    crawler = {"Name": "recrawl", "Role": "r", "Targets": TARGETS}
    by_events = {"RecrawlBehavior": "CRAWL_EVENT_MODE"}
    code, text = refused(glue.create_crawler, **crawler, RecrawlPolicy=by_events)
    assert (code, "CRAWL_EVENT_MODE goes by notifications" in text) == ("InvalidInputException", True)
    code, text = refused(glue.create_crawler, **crawler, RecrawlPolicy=NEW_FOLDERS)
    assert (code, "can have only LOG DeleteBehavior value" in text) == ("InvalidInputException", True)
    glue.create_crawler(**crawler, RecrawlPolicy=NEW_FOLDERS, SchemaChangePolicy=LOG_ONLY)
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
    assert refused(glue.update_crawler, Name="recrawl", SchemaChangePolicy=policy)[0] == "InvalidInputException"
