"""Terraform, which knows nothing of reglue: it applies, finds nothing left to do, changes everything, and destroys."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.corridor.daemons import Daemon
from tests.corridor.terraform_command import TerraformCommand
from tests.house.tree import ROOT

FIRST = {"words": "first", "minute": "5", "enabled": "true"}
SECOND = {"words": "second", "minute": "35", "enabled": "false"}
RESOURCES = 12
PAGE = "docs/terraform.md"
PAGES_ADDRESS = "http://127.0.0.1:8484"


@pytest.fixture
def configuration(noop: Daemon) -> str:
    """The provider block of the documentation."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    block = re.search(r"```hcl\n(.*?)```", page, re.DOTALL)
    assert block is not None, f"{PAGE} shows no provider block"
    assert PAGES_ADDRESS in block[1], f"the provider block of {PAGE} names no daemon"
    return block[1].replace(PAGES_ADDRESS, noop.url)


def terraform_in(folder: Path, provider: str, *files: str) -> TerraformCommand:
    """The command in a new folder with files of tests/corridor and a provider block."""
    folder.mkdir()
    (folder / "provider.tf").write_text(provider, encoding="utf-8")
    for file in files:
        shutil.copy(Path(__file__).with_name(file), folder)
    return TerraformCommand(folder)


def standing(glue: Any) -> dict[str, Any]:
    """The names of all that is defined, by kind."""
    return {
        "workflows": glue.list_workflows()["Workflows"],
        "triggers": glue.list_triggers()["TriggerNames"],
        "jobs": glue.list_jobs()["JobNames"],
        "crawlers": glue.list_crawlers()["CrawlerNames"],
        "databases": (databases := [database["Name"] for database in glue.get_databases()["DatabaseList"]]),
        "tables": (tables := [(d, table["Name"]) for d in databases for table in tables_of(glue, d)]),
        "partitions": [p["Values"] for d, table in tables for p in partitions_of(glue, d, table)],
    }


def tables_of(glue: Any, database: str) -> list[dict[str, Any]]:
    """The tables of a database."""
    tables: list[dict[str, Any]] = glue.get_tables(DatabaseName=database)["TableList"]
    return tables


def partitions_of(glue: Any, database: str, table: str) -> list[dict[str, Any]]:
    """The partitions of a table."""
    partitions: list[dict[str, Any]] = glue.get_partitions(DatabaseName=database, TableName=table)["Partitions"]
    return partitions


@pytest.mark.slow
@pytest.mark.timeout(900)  # each of the nine commands starts the provider anew, which alone takes seconds
def test_plans_are_empty_after_each_apply_and_destroy_leaves_nothing(
    configuration: str, noop: Daemon, tmp_path: Path
) -> None:
    """Every kind of resource is created, found unchanged, imported as it is into a state that knows nothing of it,
    changed, found unchanged again, and deleted."""
    terraform = terraform_in(tmp_path / "first", configuration, "glue.tf")
    assert f"{RESOURCES} added, 0 changed" in terraform.apply(FIRST)
    terraform.plan(FIRST)
    defined = standing(noop.glue)
    assert sum(map(len, defined.values())) == RESOURCES
    assert noop.glue.get_trigger(Name="clock")["Trigger"]["State"] == "ACTIVATED"

    other = terraform_in(tmp_path / "other", configuration, "glue.tf", "imports.tf")
    # The provider cannot tell whether an imported EVENT trigger is enabled, takes it for not, and enables it.
    assert f"{RESOURCES} imported, 0 added, 1 changed, 0 destroyed" in other.apply(FIRST)
    other.plan(FIRST)
    assert standing(noop.glue) == defined

    assert f"0 added, {RESOURCES} changed, 0 destroyed" in terraform.apply(SECOND)
    terraform.plan(SECOND)
    assert standing(noop.glue) == defined
    assert noop.glue.get_trigger(Name="clock")["Trigger"]["State"] == "DEACTIVATED"
    terraform.destroy(SECOND)
    assert not any(standing(noop.glue).values())
