"""Crawlers' schedules started, stopped and changed. What a moment brings: `daemon/decisions/schedule.py`."""

from daemon import crawler_commands as commands
from daemon.decisions.crawlers import defined_crawler
from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.errors import NoSchedule, SchedulerNotRunning, SchedulerRunning
from events import crawlers


def start_schedule(command: commands.StartCrawlerSchedule, situation: Situation) -> Decision:
    """The schedule's moments count from now on; those of the pause are not caught up with."""
    crawler = defined_crawler(command.crawler, situation)
    if not crawler.body.get("Schedule"):
        raise NoSchedule(f"Crawler {crawler.name} has no schedule: give it one with UpdateCrawlerSchedule.")
    if crawler.state != "NOT_SCHEDULED":
        raise SchedulerRunning(f"The schedule of crawler {crawler.name} is running.")
    return on_stream(crawler.stream, crawlers.CrawlerScheduleStarted(situation.at, situation.by))


def stop_schedule(command: commands.StopCrawlerSchedule, situation: Situation) -> Decision:
    """The schedule stays, and does nothing until it is started again."""
    crawler = defined_crawler(command.crawler, situation)
    if not crawler.body.get("Schedule") or crawler.state == "NOT_SCHEDULED":
        raise SchedulerNotRunning(f"The schedule of crawler {crawler.name} is not running.")
    return on_stream(crawler.stream, crawlers.CrawlerScheduleStopped(situation.at, situation.by))


def change_schedule(command: commands.ChangeCrawlerSchedule, situation: Situation) -> Decision:
    """Another expression; a schedule that was stopped stays so."""
    crawler = defined_crawler(command.crawler, situation)
    if crawler.body.get("Schedule", "") == command.schedule:
        return Decision()
    body = {**crawler.body, "Schedule": command.schedule}
    return on_stream(crawler.stream, crawlers.CrawlerChanged(situation.at, situation.by, body))
