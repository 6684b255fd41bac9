"""Databases, tables and partitions as clients write and read them."""

from typing import Any

from tests.daemon.api.glue_requests import refused


def define_table(glue: Any, database: str, name: str, *keys: str) -> None:
    """A table, described as `old`, and its database if there is none."""
    if database not in [found["Name"] for found in glue.get_databases()["DatabaseList"]]:
        glue.create_database(DatabaseInput={"Name": database})
    partition_keys = [{"Name": key, "Type": "string"} for key in keys]
    storage = {"Location": f"/lake/{name}/", "Columns": [{"Name": "id", "Type": "int"}]}
    table = {"Name": name, "PartitionKeys": partition_keys, "StorageDescriptor": storage, "Description": "old"}
    glue.create_table(DatabaseName=database, TableInput=table)


def add_partitions(glue: Any, database: str, name: str, *values: tuple[str, ...]) -> list[Any]:
    """Adds partitions; answers the errors."""
    inputs = [{"Values": v, "StorageDescriptor": {"Location": f"/lake/{'/'.join(v)}/"}} for v in values]
    errors: list[Any] = glue.batch_create_partition(DatabaseName=database, TableName=name, PartitionInputList=inputs)[
        "Errors"
    ]
    return errors


def test_names_are_lower_case(glue: Any) -> None:
    """However they are written, as in Glue."""
    define_table(glue, "case", "Mixed")
    assert glue.get_table(DatabaseName="CASE", Name="MIXED")["Table"]["Name"] == "mixed"


def test_a_database_is_changed(glue: Any) -> None:
    """The new definition replaces the old one whole; tags stay, and an empty catalog is the only one there is."""
    glue.create_database(CatalogId="", DatabaseInput={"Name": "changed", "LocationUri": "/lake"}, Tags={"team": "data"})
    glue.update_database(CatalogId="", Name="Changed", DatabaseInput={"Name": "changed", "Description": "new"})
    database = glue.get_database(Name="changed")["Database"]
    assert (database["Description"], "LocationUri" in database) == ("new", False)
    arn = "arn:aws:glue:us-east-1::database/changed"
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"stage": "test"})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "data", "stage": "test"}


def test_a_database_keeps_its_name(glue: Any) -> None:
    """Another name in DatabaseInput is refused, and so is a database that is not there."""
    glue.create_database(DatabaseInput={"Name": "kept"})
    assert refused(glue.update_database, Name="kept", DatabaseInput={"Name": "n"})[0] == "InvalidInputException"
    assert refused(glue.update_database, Name="n", DatabaseInput={"Name": "n"})[0] == "EntityNotFoundException"


def test_an_update_is_a_new_version(glue: Any) -> None:
    """Versions count from 0; each is kept whole."""
    define_table(glue, "versions", "t")
    glue.update_table(DatabaseName="versions", TableInput={"Name": "t", "Description": "new"})
    versions = glue.get_table_versions(DatabaseName="versions", TableName="t")["TableVersions"]
    assert [(v["VersionId"], v["Table"]["Description"]) for v in versions] == [("1", "new"), ("0", "old")]
    first = glue.get_table_version(DatabaseName="versions", TableName="t", VersionId="0")["TableVersion"]
    assert first["Table"]["Description"] == "old"
    assert glue.get_table(DatabaseName="versions", Name="t")["Table"]["VersionId"] == "1"


def test_tables_are_listed_and_matched(glue: Any) -> None:
    """Page by page in order of name; Expression is a regular expression over the whole name, a star alone any text."""
    for name in ("b", "a", "ab"):
        define_table(glue, "listing", name)
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="listing", PaginationConfig={"PageSize": 2})
    assert [table["Name"] for page in pages for table in page["TableList"]] == ["a", "ab", "b"]
    for expression, expected in ((".*b", ["ab", "b"]), ("*b", ["ab", "b"]), ("a*", ["a", "ab"]), ("a|b", ["a", "b"])):
        matched = glue.get_tables(DatabaseName="listing", Expression=expression)["TableList"]
        assert [table["Name"] for table in matched] == expected
    for expression in ("(", "(a+)+b", ".*a.*b.*c.*d"):
        assert refused(glue.get_tables, DatabaseName="listing", Expression=expression)[0] == "InvalidInputException"


def test_a_deleted_database_takes_its_tables_along(glue: Any) -> None:
    """Made again it is empty, and a table of the same name begins with version 0 and no partitions."""
    define_table(glue, "gone", "t", "year")
    add_partitions(glue, "gone", "t", ("2024",))
    glue.delete_database(Name="gone")
    assert refused(glue.get_table, DatabaseName="gone", Name="t")[0] == "EntityNotFoundException"
    define_table(glue, "gone", "t", "year")
    assert glue.get_partitions(DatabaseName="gone", TableName="t")["Partitions"] == []
    assert glue.get_table(DatabaseName="gone", Name="t")["Table"]["VersionId"] == "0"


def test_what_is_there_or_absent_is_said(glue: Any) -> None:
    """Names that are taken, and names of nothing."""
    define_table(glue, "said", "t")
    assert refused(glue.create_database, DatabaseInput={"Name": "SAID"})[0] == "AlreadyExistsException"
    assert refused(glue.create_table, DatabaseName="said", TableInput={"Name": "T"})[0] == "AlreadyExistsException"
    assert refused(glue.get_database, Name="absent") == ("EntityNotFoundException", "Database absent not found.")
    errors = glue.batch_delete_table(DatabaseName="said", TablesToDelete=["t", "absent"])["Errors"]
    assert [(error["TableName"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        ("absent", "EntityNotFoundException")
    ]


def test_there_are_no_partition_indexes(glue: Any) -> None:
    """Whoever asks for them gets none; a table that wants one is refused instead of losing it silently."""
    define_table(glue, "indexed", "t", "day")
    assert glue.get_partition_indexes(DatabaseName="indexed", TableName="t")["PartitionIndexDescriptorList"] == []
    assert refused(glue.get_partition_indexes, DatabaseName="indexed", TableName="n")[0] == "EntityNotFoundException"
    index = {"IndexName": "by_day", "Keys": ["day"]}
    wanted = {"DatabaseName": "indexed", "TableInput": {"Name": "n"}, "PartitionIndexes": [index]}
    code, text = refused(glue.create_table, **wanted)
    assert (code, "PartitionIndexes" in text) == ("InvalidInputException", True)
