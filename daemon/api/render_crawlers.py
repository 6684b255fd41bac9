"""Crawlers in Glue's shapes.

What a client sent comes back as it was, but for the role, which Glue answers by name however it was given. Policies
that were left out are shown with Glue's defaults; Terraform expects them so.
"""

from typing import Any

from daemon.api.render import present, seconds
from projections.designs import Definition

DEFAULT_POLICIES: dict[str, Any] = {
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
_EMPTY_IS_ABSENT = ("Schedule", "Configuration", "CrawlerSecurityConfiguration")


def crawler(definition: Definition) -> dict[str, Any]:
    """A Crawler."""
    body = {name: value for name, value in definition.body.items() if value or name not in _EMPTY_IS_ABSENT}
    schedule = body.pop("Schedule", None)
    return present(
        {
            "Name": definition.name,
            "Classifiers": [],
            **DEFAULT_POLICIES,
            **body,
            "Role": role_name(body.get("Role", "")),
            "State": "READY",
            "Schedule": {"ScheduleExpression": schedule, "State": "SCHEDULED"} if schedule else None,
            "CrawlElapsedTime": 0,
            "CreationTime": seconds(definition.created_at),
            "LastUpdated": seconds(definition.modified_at),
            "Version": definition.edition,
        }
    )


def role_name(role: str) -> str:
    """A role by its name (and path), as Glue answers it for an ARN too."""
    return role.partition(":role/")[2] if role.startswith("arn:") and ":role/" in role else role
