"""What a crawl goes by: its crawler's database and policies, with Glue's defaults; and the marks that it leaves."""

from typing import Any

CrawlerBody = dict[str, Any]
"""A crawler's definition, in Glue's members."""

DEFAULT_DATABASE = "default"
UPDATED_BY = "UPDATED_BY_CRAWLER"
"""The table parameter that names the crawler which wrote the table."""

DEPRECATED_BY = "DEPRECATED_BY_CRAWLER"
"""The table parameter that a table gets whose files are gone: the moment, in milliseconds."""


def database_of(crawler: CrawlerBody) -> str:
    """The database that the crawler writes to; names are lower case in the catalog."""
    return str(crawler.get("DatabaseName") or DEFAULT_DATABASE).lower()


def update_behavior(crawler: CrawlerBody) -> str:
    """UPDATE_IN_DATABASE or LOG: whether a table that looks different now gets a new version."""
    return str(crawler.get("SchemaChangePolicy", {}).get("UpdateBehavior", "UPDATE_IN_DATABASE"))


def delete_behavior(crawler: CrawlerBody) -> str:
    """DEPRECATE_IN_DATABASE, DELETE_FROM_DATABASE or LOG: what becomes of a table whose files are gone."""
    return str(crawler.get("SchemaChangePolicy", {}).get("DeleteBehavior", "DEPRECATE_IN_DATABASE"))
