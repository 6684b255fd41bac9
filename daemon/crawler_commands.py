"""What can be asked of the daemon about crawlers: one frozen value per wish, as in `daemon/commands.py`."""

from typing import Any

import msgspec

from daemon.commands import Command


class DefineCrawler(Command, frozen=True):
    """Create a crawler; `definition` holds the members of CreateCrawler but Name and Tags."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = msgspec.field(default_factory=dict)


class ChangeCrawler(Command, frozen=True):
    """Change the given members of a crawler and leave the others."""

    name: str
    changes: dict[str, Any]


class RemoveCrawler(Command, frozen=True):
    """Delete a crawler that is not running."""

    name: str
