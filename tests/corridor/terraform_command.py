"""The real `terraform` with its AWS provider from a mirror on this machine, against a daemon."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.corridor.daemons import plain_environment

PROVIDER = "registry.terraform.io/hashicorp/aws"
VERSION = "5.100.0"
MIRROR_VARIABLE = "TF_PLUGIN_MIRROR"
_MIRRORS = (
    "~/.terraform.d/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/tf-plugins",
)
_ENDS_WITHIN_SECONDS = 300
_CLI_CONFIGURATION = """
provider_installation {{
  filesystem_mirror {{ path = "{mirror}" }}
}}
"""


class TerraformCommand:
    """Runs `terraform` in a folder that holds the configuration. Nothing outside of the folder is read or written but
    the mirror; skips the test where terraform or the mirror is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program, mirror = _installed()
        configuration = folder / "cli.tfrc"
        configuration.write_text(_CLI_CONFIGURATION.format(mirror=mirror), encoding="utf-8")
        plain = {name: value for name, value in plain_environment().items() if not name.startswith("TF_")}
        ours = {"TF_CLI_CONFIG_FILE": str(configuration), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self._environment = plain | ours
        self._run("init", {})

    def apply(self, variables: Mapping[str, str]) -> str:
        """What it says; it must succeed."""
        return self._run("apply -auto-approve", variables)

    def plan(self, variables: Mapping[str, str]) -> str:
        """What it says; it must find nothing to do."""
        return self._run("plan -detailed-exitcode", variables)

    def destroy(self, variables: Mapping[str, str]) -> str:
        """What it says; it must succeed."""
        return self._run("destroy -auto-approve", variables)

    def _run(self, line: str, variables: Mapping[str, str]) -> str:
        ended = subprocess.run(
            [self._program, *line.split(), "-no-color", "-input=false"],
            cwd=self._folder,
            env=self._environment | {f"TF_VAR_{name}": value for name, value in variables.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_ENDS_WITHIN_SECONDS,
        )
        assert ended.returncode == 0, f"terraform {line} ended with {ended.returncode}:\n{ended.stdout}"
        return ended.stdout


def _installed() -> tuple[str, Path]:
    """The program and the mirror. Neither is in a package that tests could bring, so the test is skipped without them,
    whatever else is demanded of a run."""
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not on PATH; no package of Python's brings it: install it to run this test")
    named = os.environ.get(MIRROR_VARIABLE)
    places = [Path(place).expanduser() for place in ([named] if named else _MIRRORS)]
    for place in places:
        if any((place / PROVIDER).glob(f"*{VERSION}*")):
            return program, place
    looked = ", ".join(map(str, places))
    pytest.skip(
        f"no mirror with {PROVIDER} {VERSION} in {looked}; no package of Python's brings it: "
        f"make one with `terraform providers mirror FOLDER` and set {MIRROR_VARIABLE}=FOLDER"
    )
