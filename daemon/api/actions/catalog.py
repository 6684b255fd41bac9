"""The data catalog: databases, tables and their versions. Names are lower case in it, as in Glue."""

import asyncio
import re
from typing import Any

from daemon import catalog_commands as commands
from daemon.api import render_catalog
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present
from daemon.decisions.catalog import defined_database, defined_table
from daemon.errors import EntityNotFound, InvalidInput, ReglueError
from projections.designs import Definition

MOST_REPETITIONS = 3
_REPETITION = re.compile(r"[*+{]")
_STAR = re.compile(r"(?<![.\\])\*")
_REPEATED_GROUP = re.compile(r"\)[*+{]")


async def create_database(call: Call) -> Answer:
    """Answers nothing."""
    definition = dict(call.members["DatabaseInput"])
    name = definition.pop("Name").lower()
    await call.engine.handle(commands.DefineDatabase(*call.stamp, name, definition, call.members.get("Tags", {})))
    return {}


async def update_database(call: Call) -> Answer:
    """Overwrites the definition; answers nothing. A database keeps its name: Glue takes no other one either."""
    name, definition = call.members["Name"].lower(), dict(call.members["DatabaseInput"])
    if definition.pop("Name").lower() != name:
        raise InvalidInput(f"DatabaseInput.Name must be '{name}', as Name is: a database cannot be renamed.")
    await call.engine.handle(commands.ChangeDatabase(*call.stamp, name, definition))
    return {}


async def delete_database(call: Call) -> Answer:
    """Answers nothing."""
    await call.engine.handle(commands.RemoveDatabase(*call.stamp, call.members["Name"].lower()))
    return {}


def get_database(call: Call) -> Answer:
    """One database."""
    designs = call.engine.standing.designs
    return {"Database": render_catalog.database(defined_database(designs, call.members["Name"].lower()))}


def get_databases(call: Call) -> Answer:
    """All databases in order of name."""
    page, token = call.page_of("GetDatabases").of_names(call.engine.standing.designs.all("database"))
    return present({"DatabaseList": [render_catalog.database(found) for found in page], "NextToken": token})


async def create_table(call: Call) -> Answer:
    """Answers nothing."""
    if call.members.get("PartitionIndexes"):
        raise InvalidInput(
            "PartitionIndexes: this catalog finds partitions without an index and keeps none: leave it out."
        )
    await call.engine.handle(commands.DefineTable(*call.stamp, *_table_input(call)))
    return {}


async def update_table(call: Call) -> Answer:
    """Overwrites the definition, as a new version; answers nothing."""
    await call.engine.handle(commands.ChangeTable(*call.stamp, *_table_input(call)))
    return {}


async def delete_table(call: Call) -> Answer:
    """Answers nothing."""
    database, name = call.members["DatabaseName"].lower(), call.members["Name"].lower()
    await call.engine.handle(commands.RemoveTable(*call.stamp, database, name))
    return {}


async def batch_delete_table(call: Call) -> Answer:
    """Why those that were not deleted were not."""
    database = call.members["DatabaseName"].lower()
    names = list(dict.fromkeys(call.members["TablesToDelete"]))
    errors = await asyncio.gather(*(_removed(call, database, name) for name in names))
    return {"Errors": [{"TableName": name, "ErrorDetail": e} for name, e in zip(names, errors, strict=True) if e]}


async def _removed(call: Call, database: str, name: str) -> dict[str, str] | None:
    try:
        await call.engine.handle(commands.RemoveTable(*call.stamp, database, name.lower()))
    except ReglueError as error:
        return {"ErrorCode": error.code, "ErrorMessage": str(error)}
    return None


def get_table(call: Call) -> Answer:
    """One table as it stands."""
    return {"Table": render_catalog.table(table_of(call, "Name"))}


def get_tables(call: Call) -> Answer:
    """The tables of a database in order of name; those whose whole name matches Expression, if it is given."""
    database, wanted = call.members["DatabaseName"].lower(), _pattern(call.members.get("Expression"))
    designs = call.engine.standing.designs
    defined_database(designs, database)
    tables = [t for t in designs.tables_of(database) if not wanted or wanted.fullmatch(render_catalog.names_of(t)[1])]
    page, token = call.page_of(f"GetTables:{database}").of_names(tables)
    return present({"TableList": [render_catalog.table(table) for table in page], "NextToken": token})


def get_table_versions(call: Call) -> Answer:
    """The versions of a table, newest first."""
    table = table_of(call)
    database, name = render_catalog.names_of(table)
    versions = call.engine.table_versions(database, name)
    rows, token = call.page_of(f"GetTableVersions:{table.name}").of_rows(
        lambda limit, before: [
            (version.number, version) for version in reversed(versions) if before is None or version.number < before
        ][:limit]
    )
    return present(
        {"TableVersions": [render_catalog.version(table, version) for _, version in rows], "NextToken": token}
    )


def get_table_version(call: Call) -> Answer:
    """One version of a table; the newest if none is named."""
    table = table_of(call)
    versions = call.engine.table_versions(*render_catalog.names_of(table))
    wanted = call.members.get("VersionId")
    for version in reversed(versions):
        if wanted is None or str(version.number) == wanted:
            return {"TableVersion": render_catalog.version(table, version)}
    raise EntityNotFound(f"Table {render_catalog.names_of(table)[1]} has no version {wanted}.")


def table_of(call: Call, member: str = "TableName") -> Definition:
    """The table that the members name. Raises EntityNotFound."""
    names = call.members["DatabaseName"].lower(), call.members[member].lower()
    return defined_table(call.engine.standing.designs, *names)


def _table_input(call: Call) -> tuple[str, str, dict[str, Any]]:
    definition = dict(call.members.get("TableInput", {}))
    name = definition.pop("Name", None)
    if not name:
        raise InvalidInput("TableInput.Name cannot be null or empty")
    return call.members["DatabaseName"].lower(), name.lower(), definition


def _pattern(expression: str | None) -> re.Pattern[str] | None:
    """GetTables' Expression: a regular expression in which, as in Hive, a star that follows no dot stands for any text
    (`sales_*`, `*raw*`).

    One that could take for ever to match is refused: the daemon has other clients.
    """
    if not expression:
        return None
    if len(_REPETITION.findall(expression)) > MOST_REPETITIONS or _REPEATED_GROUP.search(expression):
        raise InvalidInput(
            f"Expression may hold {MOST_REPETITIONS} repetitions (*, +, {{}}) at most, and none of a whole group."
        )
    try:
        return re.compile(_STAR.sub(".*", expression))
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidInput(f"Expression is no regular expression: {error}") from error
