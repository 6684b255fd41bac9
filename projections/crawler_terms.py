"""What a crawl goes by: its crawler's database and policies, with Glue's defaults; and the marks that it leaves."""

from typing import Any

import orjson

CrawlerBody = dict[str, Any]
"""A crawler's definition, in Glue's members."""

NEW_FOLDERS_ONLY = "CRAWL_NEW_FOLDERS_ONLY"
EVENT_MODE = "CRAWL_EVENT_MODE"
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


def recrawl_behavior(crawler: CrawlerBody) -> str:
    """CRAWL_EVERYTHING, CRAWL_NEW_FOLDERS_ONLY or CRAWL_EVENT_MODE: which folders a later crawl reads."""
    return str(crawler.get("RecrawlPolicy", {}).get("RecrawlBehavior", "CRAWL_EVERYTHING"))


def configuration_of(crawler: CrawlerBody) -> dict[str, Any]:
    """The crawler's Configuration, which Glue keeps as JSON text; empty if there is none."""
    try:
        document = orjson.loads(crawler.get("Configuration") or "{}")
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def configured(crawler: CrawlerBody, *path: str) -> Any:
    """One value of the Configuration, by the names that lead to it; None if it is not there."""
    found: Any = configuration_of(crawler)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def merges_new_columns(crawler: CrawlerBody) -> bool:
    """Whether a table that is known keeps its columns as they are and only gets more."""
    return bool(configured(crawler, "CrawlerOutput", "Tables", "AddOrUpdateBehavior") == "MergeNewColumns")
