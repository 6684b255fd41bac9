"""What users can meet is written down: every setting, command, stored event and deployment file."""

import configparser
import tomllib
from pathlib import Path

import pytest

from daemon.cli.app import SUBCOMMANDS
from daemon.settings import FIELDS, load_settings
from events.catalogue import CATALOGUE
from tests.house.pages import PAGES
from tests.house.tree import ROOT, documentation


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_generated_pages_are_up_to_date(path: Path) -> None:
    """The pages made from the settings are what `make pages` would write now."""
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path](), "run make pages"


def test_every_setting_is_documented() -> None:
    """README or docs/ name each setting's option and variable."""
    text = documentation()
    assert not [name for name, field in FIELDS.items() if f"`{field.option}`" not in text or field.variable not in text]


def test_sample_settings_can_be_used(tmp_path: Path) -> None:
    """With every # before a setting removed, the sample file is accepted and holds every setting a file can."""
    lines = (ROOT / "deploy/reglue.toml").read_text(encoding="utf-8").splitlines()
    settings = [line.removeprefix("# ") for line in lines if line.removeprefix("# ").partition(" = ")[0] in FIELDS]
    path = tmp_path / "reglue.toml"
    path.write_text("\n".join(settings), encoding="utf-8")
    assert set(tomllib.loads(path.read_text(encoding="utf-8"))) == set(FIELDS) - {"config"}
    assert load_settings({"config": str(path)}, {}).state_dir == Path("/var/lib/reglue")


def test_python_jobs_find_boto3() -> None:
    """The README promises it to jobs' scripts, which run with reglue's own Python: it comes without the test tools."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [line for line in project["dependencies"] if line.startswith("boto3")]


def test_every_command_is_documented() -> None:
    """README or docs/ show each command of the command line as one types it."""
    text = documentation()
    assert not [command for command in SUBCOMMANDS if f"reglue {command}" not in text]


def test_every_stored_event_is_documented() -> None:
    """docs/events.md describes each stored event under its stored name."""
    text = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    assert not [name for name in CATALOGUE if f"`{name}`" not in text], "describe it in docs/events.md"


def test_service_leaves_jobs_alone() -> None:
    """The systemd unit ends the daemon only, restarts it always, and takes no folder from jobs that outlive it."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case of names
    unit.read_string((ROOT / "deploy/reglue.service").read_text(encoding="utf-8"))
    service = unit["Service"]
    assert (service["KillMode"], service["Restart"]) == ("process", "always")
    assert not {"PrivateTmp", "DynamicUser", "RuntimeDirectory"} & set(service)
    assert "serve --config" in service["ExecStart"]
