"""The data catalog in Glue's shapes: Database, Table, TableVersion, Partition."""

from typing import Any
from urllib.parse import unquote

from daemon.api.render import present, seconds
from projections.designs import Definition
from projections.table_versions import TableVersion

CATALOG_ID = "123456789012"
"""Glue's catalog is the account's; this daemon has one, whoever asks."""


def database(definition: Definition) -> dict[str, Any]:
    """A Database."""
    return {
        "Name": definition.name,
        **definition.body,
        "CreateTime": seconds(definition.created_at),
        "CatalogId": CATALOG_ID,
    }


def names_of(table: Definition) -> tuple[str, str]:
    """A table's database and name."""
    database, _, name = table.name.partition("/")
    return unquote(database), name


def table(definition: Definition) -> dict[str, Any]:
    """A Table as it stands."""
    number = definition.edition - 1
    return _table(definition, TableVersion(number, definition.created_at, definition.modified_at, definition.body))


def version(definition: Definition, version: TableVersion) -> dict[str, Any]:
    """A TableVersion."""
    return {"Table": _table(definition, version), "VersionId": str(version.number)}


def partition(definition: Definition, body: dict[str, Any], *, with_columns: bool = True) -> dict[str, Any]:
    """A Partition: as a client described it; one that a crawl found has the table's storage at its own location."""
    database, name = names_of(definition)
    described = body["Definition"]
    inherited = {**definition.body.get("StorageDescriptor", {}), "Location": body["Location"]}
    storage = described.get("StorageDescriptor") if described else inherited
    if storage and not with_columns:
        storage = {member: value for member, value in storage.items() if member != "Columns"}
    return present(
        {
            "Parameters": {},
            **described,
            "Values": body["Values"],
            "DatabaseName": database,
            "TableName": name,
            "CreationTime": seconds(body["CreationTime"]),
            "StorageDescriptor": storage,
            "CatalogId": CATALOG_ID,
        }
    )


def _table(definition: Definition, version: TableVersion) -> dict[str, Any]:
    database, name = names_of(definition)
    return present(
        {
            "Name": name,
            "DatabaseName": database,
            **version.definition,
            "CreateTime": seconds(version.created_at),
            "UpdateTime": seconds(version.modified_at),
            "IsRegisteredWithLakeFormation": False,
            "CatalogId": CATALOG_ID,
            "VersionId": str(version.number),
        }
    )
