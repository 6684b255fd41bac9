"""Crawlers' schedules: when they fire, and what starting, stopping and changing them means."""

from daemon import crawler_commands as commands
from daemon.schedule_commands import FireSchedule
from tests.daemon.decisions.crawler_text import given_crawler
from tests.daemon.decisions.specification import Specification

HOUR = 3_600_000
DUE = 1_700_000_000_000 // HOUR * HOUR + HOUR
"""The first full hour after a specification begins."""


def hourly() -> Specification:
    """A crawler that starts every full hour."""
    return given_crawler(Specification(), Schedule="cron(0 * * * ? *)")


def due(spec: Specification, hours: int = 0) -> Specification:
    """The clock asks for the firing of a full hour, a second later."""
    spec.at = DUE + hours * HOUR
    return spec.when(FireSchedule, "crawler", "C", DUE + hours * HOUR)


def test_a_crawler_starts_when_it_comes_due() -> None:
    """Once for each moment, in one unit with the firing; the crawl's cause names the moment."""
    spec = due(hourly()).then("schedule fired", "CrawlRequested", "C started")
    cause = spec.graph(f"crawl:{spec.answer[0]}").cause
    assert (cause.kind, cause.due) == ("SCHEDULE", DUE)
    due(spec).then()


def test_a_running_crawler_passes_a_moment_over() -> None:
    """The firing is recorded with the reason, and starts nothing."""
    spec = due(due(hourly()), hours=1).then("schedule fired")
    assert spec.facts[0].event.error == "Crawler 'C' was still running."  # type: ignore[attr-defined]


def test_a_stopped_schedule_does_not_fire() -> None:
    """Until it is started again, and then not for what was missed."""
    spec = hourly().when(commands.StopCrawlerSchedule, "C").then("CrawlerScheduleStopped")
    due(spec).then()
    spec.then_refused("SchedulerNotRunningException", "is not running", commands.StopCrawlerSchedule, "C")
    spec.when(commands.StartCrawlerSchedule, "C").then("CrawlerScheduleStarted")
    spec.then_refused("SchedulerRunningException", "is running", commands.StartCrawlerSchedule, "C")
    spec.when(FireSchedule, "crawler", "C", DUE).then()
    due(spec, hours=1).then("schedule fired", "CrawlRequested", "C started")


def test_a_schedule_changes_under_a_crawl() -> None:
    """Unlike the rest of the definition; taken away, there is none to start."""
    spec = due(hourly()).when(commands.ChangeCrawlerSchedule, "C", "").then("CrawlerChanged")
    due(spec, hours=1).then()
    spec.then_refused("NoScheduleException", "has no schedule", commands.StartCrawlerSchedule, "C")
