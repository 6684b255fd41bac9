"""Crawlers made, changed and removed, started and stopped.

Glue refuses to touch a crawler while it runs, because the crawl and its tables would then follow two definitions.
"""

from daemon import crawler_commands as commands
from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.decisions.follow_on import begin_attempt
from daemon.errors import (
    AlreadyExists,
    CrawlerNotRunning,
    CrawlerRunning,
    CrawlerStopping,
    EntityNotFound,
    InvalidInput,
)
from events import crawlers
from events.runs import NodeStopAsked
from events.vocabulary import CRAWLER, crawl_stream, crawler_stream, node_key
from projections.crawler_terms import (
    EVENT_MODE,
    NEW_FOLDERS_ONLY,
    CrawlerBody,
    delete_behavior,
    recrawl_behavior,
    update_behavior,
)
from projections.designs import Definition


def define_crawler(command: commands.DefineCrawler, situation: Situation) -> Decision:
    """A new crawler; a name that is taken is refused, whatever the definition."""
    if situation.standing.designs.crawler(command.name) is not None:
        raise AlreadyExists(f"Crawler with name {command.name} already exists.")
    check_recrawl(command.definition)
    defined = crawlers.CrawlerDefined(situation.at, situation.by, command.name, command.definition, command.tags)
    return on_stream(crawler_stream(command.name), defined)


def change_crawler(command: commands.ChangeCrawler, situation: Situation) -> Decision:
    """Given members replace the old ones; members left out stay as they are."""
    crawler = defined_crawler(command.name, situation)
    _refuse_while_running(
        crawler,
        situation,
        "Cannot update Crawler while running. Please stop crawl or wait until it completes to update.",
    )
    body = {**crawler.body, **command.changes}
    check_recrawl(body)
    if body == crawler.body:
        return Decision()
    return on_stream(crawler.stream, crawlers.CrawlerChanged(situation.at, situation.by, body))


def remove_crawler(command: commands.RemoveCrawler, situation: Situation) -> Decision:
    """Deletes at once; its tables and the record of its crawls stay."""
    crawler = defined_crawler(command.name, situation)
    _refuse_while_running(
        crawler, situation, f"Crawler {crawler.name} is running: stop it, or wait for its crawl to end."
    )
    return on_stream(crawler.stream, crawlers.CrawlerRemoved(situation.at, situation.by))


def check_recrawl(crawler: CrawlerBody) -> None:
    """Raises InvalidInput for a recrawl policy that cannot be carried out, or not with the schema change policy."""
    behavior = recrawl_behavior(crawler)
    if behavior == EVENT_MODE:
        raise InvalidInput(
            f"RecrawlPolicy {EVENT_MODE} goes by notifications of S3, which nobody sends here. Use CRAWL_EVERYTHING or "
            f"{NEW_FOLDERS_ONLY}."
        )
    if behavior == NEW_FOLDERS_ONLY and (update_behavior(crawler), delete_behavior(crawler)) != ("LOG", "LOG"):
        raise InvalidInput(
            "The SchemaChangePolicy for 'Crawl new folders only' Amazon S3 target can have only LOG DeleteBehavior "
            "value and LOG UpdateBehavior value."
        )


def defined_crawler(name: str, situation: Situation) -> Definition:
    """The crawler of this name. Raises EntityNotFound."""
    crawler = situation.standing.designs.crawler(name)
    if crawler is None:
        raise EntityNotFound(f"Crawler {name} not found.")
    return crawler


def _refuse_while_running(crawler: Definition, situation: Situation, text: str) -> None:
    if situation.standing.slots.running(node_key(CRAWLER, crawler.name)):
        raise CrawlerRunning(text)


def start_crawl(command: commands.StartCrawl, situation: Situation) -> Decision:
    """A crawl that stands alone. Glue: one crawl of a crawler at a time."""
    crawler = defined_crawler(command.crawler, situation)
    node = node_key(CRAWLER, crawler.name)
    if situation.standing.slots.running(node):
        raise CrawlerRunning(f"Crawler with name {crawler.name} has already started.")
    begun = begin_attempt(node, "", situation, situation.by)
    requested = crawlers.CrawlRequested(situation.at, situation.by, crawler.name, command.cause)
    crawl_id = getattr(begun, "attempt_id", "")
    return on_stream(crawl_stream(crawl_id), requested, begun, answer=crawl_id)


def stop_crawl(command: commands.StopCrawl, situation: Situation) -> Decision:
    """Asks the crawl that is under way to end, which leaves the catalog as it was."""
    crawler = defined_crawler(command.crawler, situation)
    under_way = situation.standing.slots.under_way(node_key(CRAWLER, crawler.name))
    if not under_way:
        raise CrawlerNotRunning(f"Crawler with name {crawler.name} isn't running.")
    crawl_id, run = under_way[0]
    attempt = situation.standing.graph(run).find(crawl_id)
    assert attempt is not None
    if attempt.stop_reason is not None:
        raise CrawlerStopping(f"Crawler with name {crawler.name} is stopping.")
    return on_stream(run, NodeStopAsked(situation.at, situation.by, attempt.node, crawl_id, "STOPPED"))
