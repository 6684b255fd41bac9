"""What a crawler's definition asks of its crawls beside targets: read once, what cannot be carried out named."""

from typing import Any, NamedTuple

from daemon.crawling.places import CannotCrawl
from projections.crawler_terms import configured

_NOT_CARRIED_OUT = {
    "LakeFormationConfiguration": "Lake Formation's credentials are not used: files are read with the daemon's own.",
    "CrawlerSecurityConfiguration": "The security configuration is not used: nothing is encrypted.",
}


class Options(NamedTuple):
    """How files are grouped to tables, and how many of these there may be.

    `combines`: files are one table if their columns can be told apart by name, however few they share. `level`: how
    many folders a table's own is deep, counted from the bucket or, on this machine, from the root. `most_tables`: more
    fail the crawl.
    """

    combines: bool = False
    level: int | None = None
    most_tables: int | None = None


def options_of(definition: dict[str, Any]) -> Options:
    """The options of a crawler. Raises CannotCrawl for values that make no sense."""
    policy = configured(definition, "Grouping", "TableGroupingPolicy")
    if policy not in (None, "CombineCompatibleSchemas"):
        raise CannotCrawl(f"Configuration: TableGroupingPolicy is {policy!r}; known is 'CombineCompatibleSchemas'.")
    return Options(
        policy is not None,
        _number(definition, "Grouping", "TableLevelConfiguration"),
        _number(definition, "CrawlerOutput", "Tables", "TableThreshold"),
    )


def not_carried_out(definition: dict[str, Any]) -> list[str]:
    """A sentence for each thing that the definition asks for and no crawl does here."""
    said = [text for member, text in _NOT_CARRIED_OUT.items() if definition.get(member)]
    if definition.get("LineageConfiguration", {}).get("CrawlerLineageSettings") == "ENABLE":
        said.append("Lineage is not recorded: CrawlerLineageSettings ENABLE has no effect.")
    if configured(definition, "CreatePartitionIndex"):
        said.append("No partition index is made: CreatePartitionIndex has no effect, partitions are found without one.")
    if configured(definition, "CrawlerOutput", "Partitions", "AddOrUpdateBehavior") not in (None, "InheritFromTable"):
        said.append("Partitions always take their columns from their table, as InheritFromTable says.")
    return said


def _number(definition: dict[str, Any], *path: str) -> int | None:
    found = configured(definition, *path)
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and found > 0):
        return found
    raise CannotCrawl(f"Configuration: {path[-1]} is {found!r}; it must be a whole number above 0.")
