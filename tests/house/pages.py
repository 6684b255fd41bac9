"""Writes the pages that are made from the settings: docs/settings.md and deploy/reglue.toml (`make pages`).

A house test compares the files with what this module would write, so neither can fall behind `daemon/settings.py`.
"""

import textwrap
from pathlib import Path

from daemon.settings import FIELDS, Field
from tests.house.tree import ROOT

WIDTH = 100

SETTINGS_HEAD = """\
# Settings

`reglue serve` reads its settings once, when it starts. A value is taken from the first of these that gives one:

1. the command-line option,
2. the environment variable,
3. the TOML file that `--config FILE` or `REGLUE_CONFIG` names (sample: [deploy/reglue.toml](../deploy/reglue.toml)),
4. the default.

A wrong value, an unknown option or an unknown key in the file is refused: the message names the source, the setting,
the value and what to write instead. Relative paths are taken from the working directory.

| setting | option | variable | default | how it is written |
| --- | --- | --- | --- | --- |
"""

SAMPLE_HEAD = """\
# Settings of the reglue daemon: a sample with every setting a file can hold, at its default where it
# has one that suits a service of the whole machine.
# Remove the # before a setting to change it; options and REGLUE_* variables win over this file.
# Used by: reglue serve --config FILE
"""

SAMPLE_VALUES = {
    "state_dir": "/var/lib/reglue",
    "mqtt": "mqtts://broker.example:8883",
    "mqtt_user": "reglue",
    "mqtt_password_file": "/etc/reglue/mqtt-password",
    "mqtt_ca": "/etc/reglue/ca.pem",
    "mqtt_cert": "/etc/reglue/client.pem",
    "mqtt_key": "/etc/reglue/client.key",
    "seal_key": "/etc/reglue/seal.pem",
}
"""Where there is no default, or it depends on who runs the daemon: what a service of the whole machine has."""

BARE = (
    "ephemeral",
    "mqtt_commands",
    "mqtt_discovery",
    "strict_glue",
    "stop_grace_seconds",
    "seal_every_events",
    "seal_every_seconds",
)
"""The settings whose values TOML writes without quotes."""


def settings_page() -> str:
    """The text of docs/settings.md."""
    rows = "".join(_row(field) for field in FIELDS.values())
    meanings = "".join(f"\n## {field.name}\n\n{_wrapped(field.meaning)}\n" for field in FIELDS.values())
    return SETTINGS_HEAD + rows + meanings


def sample_file() -> str:
    """The text of deploy/reglue.toml."""
    return SAMPLE_HEAD + "".join(_entry(field) for field in FIELDS.values() if field.name != "config")


def _row(field: Field) -> str:
    cells = (f"[{field.name}](#{field.name})", f"`{field.option}`", f"`{field.variable}`", field.default, field.form)
    return f"| {' | '.join(cells)} |\n"


def _entry(field: Field) -> str:
    value = SAMPLE_VALUES.get(field.name, field.default)
    comment = textwrap.indent(_wrapped(f"{field.meaning}\nWritten: {field.form}."), "# ")
    return f"\n{comment}\n# {field.name} = {value if field.name in BARE else _quoted(value)}\n"


def _quoted(value: str) -> str:
    return f'"{value}"'


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.fill(line, WIDTH) for line in text.splitlines())


PAGES = {Path("docs/settings.md"): settings_page, Path("deploy/reglue.toml"): sample_file}
"""Each generated file, relative to the checkout, with what makes its text."""


def main() -> None:
    """Write every page."""
    for path, text in PAGES.items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text(), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
