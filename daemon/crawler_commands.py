"""What can be asked of the daemon about crawlers and classifiers: a frozen value per wish, as in `commands.py`."""

from typing import Any

import msgspec

from daemon.commands import Command
from events.vocabulary import Cause


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


class StartCrawlerSchedule(Command, frozen=True):
    """Have a crawler start by its schedule again."""

    crawler: str


class StopCrawlerSchedule(Command, frozen=True):
    """Have a crawler not start by its schedule any more; the schedule stays."""

    crawler: str


class ChangeCrawlerSchedule(Command, frozen=True):
    """Give a crawler another schedule; an empty one takes it away. A crawl that is under way does not mind."""

    crawler: str
    schedule: str


class StartCrawl(Command, frozen=True):
    """Run a crawler outside of any workflow. Answers the crawl's id."""

    crawler: str
    cause: Cause = Cause("API")


class StopCrawl(Command, frozen=True):
    """End the crawl of a crawler that is under way, in a workflow run or outside."""

    crawler: str


class DefineClassifier(Command, frozen=True):
    """Create a classifier; `definition` holds its kind (`CsvClassifier`) with its members but Name."""

    name: str
    definition: dict[str, Any]


class ChangeClassifier(Command, frozen=True):
    """Change the given members of a classifier, which stays of its kind, and leave the others."""

    name: str
    changes: dict[str, Any]


class RemoveClassifier(Command, frozen=True):
    """Delete a classifier."""

    name: str
