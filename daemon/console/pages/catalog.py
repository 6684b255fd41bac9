"""The data catalog: databases with their tables, and one table with its columns, partitions and versions."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.render_catalog import names_of
from daemon.api.v1_documents import moment
from daemon.console.page import Around
from daemon.errors import EntityNotFound
from events.vocabulary import table_key
from projections.designs import Definition

PARTITIONS_SHOWN = 200
VERSIONS_SHOWN = 50


class Catalog:
    """The pages of the catalog of one engine."""

    def __init__(self, around: Around) -> None:
        self._engine = around.engine
        self._renderer = around.renderer
        self.reads = [Route("/console/catalog", self.all), Route("/console/catalog/table", self.table)]
        self.writes: list[Route] = []

    async def all(self, request: Request) -> Response:
        """Every database in order of name, with its tables; `find` in the query keeps those whose name holds it."""
        find = request.query_params.get("find", "").strip().lower()
        designs = self._engine.standing.designs
        databases = []
        for database in designs.all("database"):
            tables = [_row(table) for table in designs.tables_of(database.name)]
            kept = [table for table in tables if find in table["name"]]
            if kept or find in database.name:
                shown = tables if find in database.name else kept
                databases.append({"name": database.name, "body": database.body, "tables": shown})
        return await self._renderer.page(request, "catalog.html", {"databases": databases, "find": find})

    async def table(self, request: Request) -> Response:
        """One table, named by `database` and `name` in the query."""
        database, name = request.query_params.get("database", ""), request.query_params.get("name", "")
        designs = self._engine.standing.designs
        found = designs.find("table", table_key(database, name))
        if found is None:
            raise EntityNotFound(f"There is no table {name!r} in the database {database!r}.")
        partitions = designs.find("partitions", found.name)
        kept = list(partitions.body.values()) if partitions is not None and not partitions.removed else []
        versions = self._engine.table_versions(database, name)[::-1]
        context = {
            "database": database,
            **_row(found),
            "body": found.body,
            "storage": found.body.get("StorageDescriptor") or {},
            "columns": (found.body.get("StorageDescriptor") or {}).get("Columns") or [],
            "keys": found.body.get("PartitionKeys") or [],
            "partitions": kept[:PARTITIONS_SHOWN],
            "more_partitions": max(0, len(kept) - PARTITIONS_SHOWN),
            "versions": [_version(one.number, one.modified_at, one.definition) for one in versions[:VERSIONS_SHOWN]],
        }
        return await self._renderer.page(request, "table.html", context)


def _row(table: Definition) -> dict[str, Any]:
    storage = table.body.get("StorageDescriptor") or {}
    return {
        "name": names_of(table)[1],
        "format": (table.body.get("Parameters") or {}).get("classification", ""),
        "columns_count": len(storage.get("Columns") or ()),
        "key_names": [key["Name"] for key in table.body.get("PartitionKeys") or ()],
        "location": storage.get("Location", ""),
        "modified": moment(table.modified_at),
        "version": table.edition - 1,
    }


def _version(number: int, modified_at: int, definition: dict[str, Any]) -> dict[str, Any]:
    columns = (definition.get("StorageDescriptor") or {}).get("Columns") or []
    shown = [f"{column['Name']} {column.get('Type', '')}".strip() for column in columns]
    return {"number": number, "modified": moment(modified_at), "columns": shown}
