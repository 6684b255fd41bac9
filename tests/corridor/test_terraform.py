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
RESOURCES = 8
PAGE = "docs/terraform.md"
PAGES_ADDRESS = "http://127.0.0.1:8484"


@pytest.fixture
def terraform(noop: Daemon, tmp_path: Path) -> TerraformCommand:
    """The command in a folder with tests/corridor/glue.tf and the provider block of the documentation."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    block = re.search(r"```hcl\n(.*?)```", page, re.DOTALL)
    assert block is not None, f"{PAGE} shows no provider block"
    assert PAGES_ADDRESS in block[1], f"the provider block of {PAGE} names no daemon"
    (tmp_path / "provider.tf").write_text(block[1].replace(PAGES_ADDRESS, noop.url), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("glue.tf"), tmp_path)
    return TerraformCommand(tmp_path)


def standing(glue: Any) -> dict[str, Any]:
    """The names of all that is defined, by kind."""
    return {
        "workflows": glue.list_workflows()["Workflows"],
        "triggers": glue.list_triggers()["TriggerNames"],
        "jobs": glue.list_jobs()["JobNames"],
        "crawlers": glue.list_crawlers()["CrawlerNames"],
        "databases": [database["Name"] for database in glue.get_databases()["DatabaseList"]],
    }


@pytest.mark.slow
@pytest.mark.timeout(900)  # each of the six commands starts the provider anew, which alone takes seconds
def test_plans_are_empty_after_each_apply_and_destroy_leaves_nothing(terraform: TerraformCommand, noop: Daemon) -> None:
    """Every kind of resource is created, found unchanged, changed, found unchanged again, and deleted."""
    assert f"{RESOURCES} added, 0 changed" in terraform.apply(FIRST)
    terraform.plan(FIRST)
    defined = standing(noop.glue)
    assert sum(map(len, defined.values())) == RESOURCES
    assert noop.glue.get_trigger(Name="clock")["Trigger"]["State"] == "ACTIVATED"
    assert f"0 added, {RESOURCES} changed, 0 destroyed" in terraform.apply(SECOND)
    terraform.plan(SECOND)
    assert standing(noop.glue) == defined
    assert noop.glue.get_trigger(Name="clock")["Trigger"]["State"] == "DEACTIVATED"
    terraform.destroy(SECOND)
    assert not any(standing(noop.glue).values())
