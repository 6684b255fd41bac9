"""Crawlers for the tests: defined in a daemon, and followed until their crawl has ended."""

from pathlib import Path
from typing import Any

from tests.corridor.waiting import until

READY = "READY"


def define_crawler(glue: Any, name: str, target: Path | str, **members: Any) -> None:
    """A crawler of one folder that writes to the database sales."""
    targets = {"S3Targets": [{"Path": str(target)}]}
    glue.create_crawler(**{"Name": name, "Role": "r", "DatabaseName": "Sales", "Targets": targets, **members})


def crawled(glue: Any, name: str) -> dict[str, Any]:
    """The crawler after one more crawl."""
    glue.start_crawler(Name=name)
    return rested(glue, name)


def rested(glue: Any, name: str) -> dict[str, Any]:
    """The crawler once no crawl of it is under way."""
    crawler: dict[str, Any] = until(
        lambda: glue.get_crawler(Name=name)["Crawler"], lambda crawler: crawler["State"] == READY
    )
    return crawler
