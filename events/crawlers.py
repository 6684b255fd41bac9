"""Facts about crawlers and classifiers: defined, changed, removed, and crawls asked for outside of workflows.

A crawler's stream is a definition's like those in `events/design.py`; it stands apart because crawlers come with
facts of their own. Field names are a storage format: see the room's docstring before renaming one.
"""

from typing import Any

import msgspec

from events.design import Event
from events.vocabulary import Cause


class CrawlerDefined(Event, frozen=True):
    """A crawler was created. `definition` holds the members of Glue's CreateCrawler but Name and Tags."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = msgspec.field(default_factory=dict)


class CrawlerChanged(Event, frozen=True):
    """A crawler's definition was changed; `definition` is the whole new one."""

    definition: dict[str, Any]


class CrawlerRemoved(Event, frozen=True):
    """A crawler was deleted. Tables that it made stay; nodes that would start it end in ERROR."""


class CrawlerScheduleStarted(Event, frozen=True):
    """A crawler's schedule was started again: its moments count from here on."""


class CrawlerScheduleStopped(Event, frozen=True):
    """A crawler's schedule was stopped: the crawler is started by hand or by triggers only."""


class CrawlRequested(Event, frozen=True):
    """A crawl was asked for outside of any workflow. Its stream is a run with one node and no triggers, like that of
    a job run that stands alone."""

    crawler: str
    cause: Cause


class ClassifierDefined(Event, frozen=True):
    """A classifier was created. `definition` holds its kind (`CsvClassifier`) with its members but Name."""

    name: str
    definition: dict[str, Any]


class ClassifierChanged(Event, frozen=True):
    """A classifier was changed; `definition` is the whole new one."""

    definition: dict[str, Any]


class ClassifierRemoved(Event, frozen=True):
    """A classifier was deleted. Crawlers may still name it; their crawls then fail."""
