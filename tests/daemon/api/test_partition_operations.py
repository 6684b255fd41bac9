"""Partitions as clients read, add, change and remove them."""

from typing import Any

from tests.daemon.api.glue_requests import refused
from tests.daemon.api.test_catalog_operations import add_partitions, define_table


def values_of(glue: Any, database: str, **members: Any) -> list[list[str]]:
    """The values of the partitions of table t that a listing answers."""
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName="t", **members)
    return [partition["Values"] for page in pages for partition in page["Partitions"]]


def described(*values: str, **members: Any) -> dict[str, Any]:
    """A PartitionInput with columns of its own."""
    storage = {"Location": f"/lake/{'/'.join(values)}/", "Columns": [{"Name": "own", "Type": "string"}]}
    return {"Values": list(values), "StorageDescriptor": storage, **members}


def codes(errors: list[dict[str, Any]]) -> dict[tuple[str, ...], str]:
    """The error's code by the values that it belongs to."""
    return {tuple(error["PartitionValues"]): error["ErrorDetail"]["ErrorCode"] for error in errors}


def test_partitions_are_filtered(glue: Any) -> None:
    """By an expression over the keys; one is found by its values."""
    define_table(glue, "filter", "t", "year", "kind")
    assert add_partitions(glue, "filter", "t", ("2023", "a"), ("2024", "a"), ("2024", "b")) == []
    for expression, expected in (
        ("year = '2024' and kind <> 'a'", [["2024", "b"]]),
        ("year < 2024 or kind in ('b')", [["2023", "a"], ["2024", "b"]]),
        ("", [["2023", "a"], ["2024", "a"], ["2024", "b"]]),
    ):
        assert values_of(glue, "filter", Expression=expression) == expected
    one = glue.get_partition(DatabaseName="filter", TableName="t", PartitionValues=["2024", "b"])["Partition"]
    assert one["StorageDescriptor"]["Location"] == "/lake/2024/b/"
    refusal = refused(glue.get_partitions, DatabaseName="filter", TableName="t", Expression="year ~ 1")
    assert (refusal[0], "at character 6" in refusal[1]) == ("InvalidInputException", True)


def test_partitions_are_listed_in_parts(glue: Any) -> None:
    """By pages, by segments that together are all, and without columns."""
    define_table(glue, "parts", "t", "year")
    years = [str(year) for year in range(2000, 2020)]
    add_partitions(glue, "parts", "t", *((year,) for year in years))
    assert values_of(glue, "parts", PaginationConfig={"PageSize": 7}) == [[year] for year in years]
    segments = [values_of(glue, "parts", Segment={"SegmentNumber": n, "TotalSegments": 3}) for n in range(3)]
    assert sorted(values for segment in segments for values in segment) == [[year] for year in years]
    assert all(segments)
    outside = {"SegmentNumber": 3, "TotalSegments": 3}
    assert refused(glue.get_partitions, DatabaseName="parts", TableName="t", Segment=outside)[0].startswith("Invalid")
    bare = glue.get_partitions(DatabaseName="parts", TableName="t", ExcludeColumnSchema=True, MaxResults=1)
    assert "Columns" not in bare["Partitions"][0]["StorageDescriptor"]


def test_those_that_can_be_added_are(glue: Any) -> None:
    """One that is there already, or does not fit the keys, is named and keeps none of the others out: clients that add
    the same partitions again rely on it."""
    define_table(glue, "adding", "t", "year")
    add_partitions(glue, "adding", "t", ("2024",))
    errors = add_partitions(glue, "adding", "t", ("2024",), ("2025",), ("1", "2"), ("2025",))
    assert codes(errors) == {
        ("2024",): "AlreadyExistsException",
        ("2025",): "AlreadyExistsException",
        ("1", "2"): "InvalidInputException",
    }
    assert values_of(glue, "adding") == [["2024"], ["2025"]]


def test_a_partition_is_what_a_client_says(glue: Any) -> None:
    """Its own columns and parameters; changed whole, to other values too; its creation stays."""
    define_table(glue, "own", "t", "year")
    named = {"DatabaseName": "own", "TableName": "t"}
    glue.create_partition(**named, PartitionInput=described("2024", Parameters={"rows": "7"}))
    before = glue.get_partition(**named, PartitionValues=["2024"])["Partition"]
    assert (before["Parameters"], before["StorageDescriptor"]["Columns"][0]["Name"]) == ({"rows": "7"}, "own")
    glue.update_partition(**named, PartitionValueList=["2024"], PartitionInput=described("2025"))
    (after,) = glue.get_partitions(**named)["Partitions"]
    assert (after["Values"], after["Parameters"]) == (["2025"], {})
    assert after["CreationTime"] == before["CreationTime"]
    assert refused(glue.create_partition, **named, PartitionInput=described("2025"))[0] == "AlreadyExistsException"


def test_a_partition_does_not_take_anothers_place(glue: Any) -> None:
    """Neither values that are taken nor a partition that is not there."""
    define_table(glue, "place", "t", "year")
    add_partitions(glue, "place", "t", ("1",), ("2",))
    named = {"DatabaseName": "place", "TableName": "t"}
    for old, new, code in (("1", "2", "AlreadyExistsException"), ("9", "3", "EntityNotFoundException")):
        change = {"PartitionValueList": [old], "PartitionInput": described(new)}
        assert refused(glue.update_partition, **named, **change)[0] == code
        (error,) = glue.batch_update_partition(**named, Entries=[change])["Errors"]
        assert (error["PartitionValueList"], error["ErrorDetail"]["ErrorCode"]) == ([old], code)


def test_partitions_are_removed(glue: Any) -> None:
    """One, or those of many that are there."""
    define_table(glue, "removing", "t", "year")
    add_partitions(glue, "removing", "t", ("1",), ("2",), ("3",))
    named = {"DatabaseName": "removing", "TableName": "t"}
    glue.delete_partition(**named, PartitionValues=["1"])
    assert refused(glue.delete_partition, **named, PartitionValues=["1"])[0] == "EntityNotFoundException"
    errors = glue.batch_delete_partition(**named, PartitionsToDelete=[{"Values": ["1"]}, {"Values": ["2"]}])["Errors"]
    assert codes(errors) == {("1",): "EntityNotFoundException"}
    found = glue.batch_get_partition(**named, PartitionsToGet=[{"Values": ["2"]}, {"Values": ["3"]}])["Partitions"]
    assert [partition["Values"] for partition in found] == [["3"]]


def test_tables_are_searched(glue: Any) -> None:
    """In all databases: by a part of a text, by a whole value in quotes, by properties and times."""
    for database in ("search_a", "search_b"):
        define_table(glue, database, "web-logs", "year")
    glue.update_table(DatabaseName="search_b", TableInput={"Name": "web-logs", "Parameters": {"kind": "Raw-Events"}})
    day = {"Key": "CreateTime", "Value": "2020-01-01T00:00:00", "Comparator": "GREATER_THAN"}
    for members, expected in (
        ({"SearchText": "B-LOG", "Filters": [day]}, ["search_a", "search_b"]),
        ({"SearchText": '"raw-events"'}, ["search_b"]),
        ({"SearchText": '"raw"'}, []),
        ({"Filters": [{"Key": "kind", "Value": "events"}]}, ["search_b"]),
        ({"Filters": [{"Key": "Name", "Value": "logs"}, {"Key": "DatabaseName", "Value": "search_a"}]}, ["search_a"]),
    ):
        found = glue.search_tables(**members)["TableList"]
        assert [table["DatabaseName"] for table in found] == expected
    assert refused(glue.search_tables, SortCriteria=[{"FieldName": "Name"}])[0] == "InvalidInputException"
    assert refused(glue.search_tables, Filters=[{**day, "Value": "soon"}])[0] == "InvalidInputException"
