"""What users can meet is written down: every setting, command, stored event and deployment file."""

import configparser
import os
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest

from daemon.settings import FIELDS, load_settings
from tests.house.pages import PAGES
from tests.house.tree import ROOT, documentation


def present(path: str, module: str) -> ModuleType:
    """The module, imported; while its file is not written yet the test is skipped, in CI it fails."""
    if not (ROOT / path).is_file():
        missing = f"{path} is not there, so what it offers cannot be compared with the documentation"
        pytest.fail(missing) if os.environ.get("REGLUE_CI") else pytest.skip(missing)
    return import_module(module)


def commands(group: click.Command, name: str = "reglue") -> list[str]:
    """A command with all its subcommands as one types them, groups themselves left out."""
    if not isinstance(group, click.Group):
        return [name]
    return [full for key, command in group.commands.items() for full in commands(command, f"{name} {key}")]


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


def test_every_command_is_documented() -> None:
    """README or docs/ show each command of the command line as one types it."""
    main = present("daemon/__main__.py", "daemon.__main__").main
    text = documentation()
    assert not [command for command in commands(main) if command not in text]


def test_every_stored_event_is_documented() -> None:
    """docs/events.md describes each stored event under its stored name."""
    catalogue = present("events/catalogue.py", "events.catalogue").CATALOGUE
    page = ROOT / "docs/events.md"
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    assert not [name for name in catalogue if f"`{name}`" not in text], "describe it in docs/events.md"


def test_service_leaves_jobs_alone() -> None:
    """The systemd unit ends the daemon only, restarts it always, and takes no folder from jobs that outlive it."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case of names
    unit.read_string((ROOT / "deploy/reglue.service").read_text(encoding="utf-8"))
    service = unit["Service"]
    assert (service["KillMode"], service["Restart"]) == ("process", "always")
    assert not {"PrivateTmp", "DynamicUser", "RuntimeDirectory"} & set(service)
    assert "serve --config" in service["ExecStart"]
