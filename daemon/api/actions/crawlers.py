"""Crawlers: defining, starting and stopping them, and reading their definitions with how they stand."""

from typing import Any

from daemon import crawler_commands as commands
from daemon.api import crawler_checks, render_crawlers
from daemon.api.actions import crawls
from daemon.api.actions.call import Answer, Call
from daemon.api.actions.triggers import tagged
from daemon.api.render import present
from daemon.errors import EntityNotFound
from projections.designs import Definition


async def create_crawler(call: Call) -> Answer:
    """Answers nothing."""
    definition = dict(call.members)
    name, tags = definition.pop("Name"), definition.pop("Tags", {})
    crawler_checks.check_crawler(definition)
    await call.engine.handle(commands.DefineCrawler(*call.stamp, name, definition, tags))
    return {}


async def update_crawler(call: Call) -> Answer:
    """Changes the given members; answers nothing."""
    changes = dict(call.members)
    name = changes.pop("Name")
    crawler_checks.check_crawler(changes)
    await call.engine.handle(commands.ChangeCrawler(*call.stamp, name, changes))
    return {}


async def delete_crawler(call: Call) -> Answer:
    """Answers nothing; a crawler that is not there is an error in Glue, unlike a job."""
    await call.engine.handle(commands.RemoveCrawler(*call.stamp, call.members["Name"]))
    return {}


def get_crawler(call: Call) -> Answer:
    """One crawler."""
    name = call.members["Name"]
    definition = call.engine.standing.designs.crawler(name)
    if definition is None:
        raise EntityNotFound(f"Crawler {name} not found.")
    return {"Crawler": _shown(call, definition)}


def get_crawlers(call: Call) -> Answer:
    """All crawlers in order of name."""
    page, token = call.page_of("GetCrawlers").of_names(call.engine.standing.designs.all("crawler"))
    return present({"Crawlers": [_shown(call, definition) for definition in page], "NextToken": token})


def list_crawlers(call: Call) -> Answer:
    """The names of all crawlers, or of those that carry all the tags given."""
    crawlers = tagged(call.engine.standing.designs.all("crawler"), call.members.get("Tags"))
    page, token = call.page_of("ListCrawlers").of_names(crawlers)
    return present({"CrawlerNames": [definition.name for definition in page], "NextToken": token})


def batch_get_crawlers(call: Call) -> Answer:
    """Those that exist, and the names of the others."""
    found = {name: call.engine.standing.designs.crawler(name) for name in call.members["CrawlerNames"]}
    return {
        "Crawlers": [_shown(call, definition) for definition in found.values() if definition],
        "CrawlersNotFound": [name for name, definition in found.items() if definition is None],
    }


async def start_crawler(call: Call) -> Answer:
    """Answers nothing; the crawl's id is in ListCrawls."""
    await call.engine.handle(commands.StartCrawl(*call.stamp, call.members["Name"]))
    return {}


async def stop_crawler(call: Call) -> Answer:
    """Answers nothing; the crawl ends when its process has."""
    await call.engine.handle(commands.StopCrawl(*call.stamp, call.members["Name"]))
    return {}


async def start_crawler_schedule(call: Call) -> Answer:
    """Answers nothing."""
    await call.engine.handle(commands.StartCrawlerSchedule(*call.stamp, call.members["CrawlerName"]))
    return {}


async def stop_crawler_schedule(call: Call) -> Answer:
    """Answers nothing."""
    await call.engine.handle(commands.StopCrawlerSchedule(*call.stamp, call.members["CrawlerName"]))
    return {}


async def update_crawler_schedule(call: Call) -> Answer:
    """Answers nothing."""
    name, schedule = call.members["CrawlerName"], call.members.get("Schedule", "")
    crawler_checks.check_crawler({"Schedule": schedule})
    await call.engine.handle(commands.ChangeCrawlerSchedule(*call.stamp, name, schedule))
    return {}


def _shown(call: Call, definition: Definition) -> dict[str, Any]:
    return render_crawlers.crawler(definition, crawls.standing_of(call.engine, definition.name), call.engine.now())
