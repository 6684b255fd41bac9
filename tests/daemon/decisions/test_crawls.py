"""Crawls: one of a crawler at a time, in workflows and outside, started, stopped and resumed."""

import uuid

from daemon import commands, crawler_commands
from events.vocabulary import CRAWLER, Cause, node_key, unique_id
from tests.daemon.decisions.crawler_text import crawl, findings, finds, given_crawler
from tests.daemon.decisions.specification import Specification

NODE = node_key(CRAWLER, "C")


def workflow(text: str, *, strict: bool = False) -> Specification:
    """A workflow whose crawler C is defined."""
    return given_crawler(Specification(text, strict=strict))


def state(spec: Specification, run: str = "") -> str:
    """The state of the newest crawl of C in a run."""
    return spec.graph(run).attempts[NODE][0].state


def test_a_crawl_stands_alone() -> None:
    """It has a stream of its own, and its id is a UUID."""
    spec = given_crawler(Specification()).when(crawler_commands.StartCrawl, "C", Cause("API"))
    spec.then("CrawlRequested", "C started")
    run = f"crawl:{spec.answer}"
    assert str(uuid.UUID(spec.answer)) == spec.answer
    assert spec.graph(run).stands_alone
    finds(spec, run, findings()).then("C SUCCEEDED", "run COMPLETED")


def test_a_running_crawler_is_not_started_again_or_changed() -> None:
    """Starting, changing and deleting are refused until its crawl has ended."""
    spec = given_crawler(Specification()).when(crawler_commands.StartCrawl, "C")
    run = f"crawl:{spec.answer}"
    refusals = {
        "already started": (crawler_commands.StartCrawl, "C"),
        "while running": (crawler_commands.ChangeCrawler, "C", {"TablePrefix": ""}),
        "is running": (crawler_commands.RemoveCrawler, "C"),
    }
    for text, command in refusals.items():
        spec.then_refused("CrawlerRunningException", text, *command)
    finds(spec, run, findings())
    spec.when(crawler_commands.RemoveCrawler, "C").then("CrawlerRemoved")


def test_a_crawl_fires_what_watches_it() -> None:
    """A crawler between two jobs; its SUCCEEDED is a crawl state."""
    spec = workflow("T1: -> A\nT2: A -> crawler:C\nT3: crawler:C -> B").start()
    spec.ends("A").then("A SUCCEEDED", "T2 fired", "C started")
    finds(spec, spec.run, findings()).then("C SUCCEEDED", "T3 fired", "B started")


def test_a_second_crawl_waits_for_the_first() -> None:
    """Of two runs with one crawler the later one waits, and starts when the crawler is free."""
    spec = workflow("T1: -> crawler:C").start()
    first = spec.run
    spec.start().then("run started", "T1 fired", "C waits")
    assert spec.counts() == {"Waiting": 1}
    finds(spec, first, findings()).then("C SUCCEEDED", "run COMPLETED", "C started")


def test_strict_glue_refuses_a_second_crawl() -> None:
    """There it ends in ERROR at once."""
    spec = workflow("T1: -> crawler:C", strict=True).start()
    spec.start().then("run started", "T1 fired", "C refused ERROR", "run COMPLETED")


def test_a_stopped_crawl_is_cancelled() -> None:
    """StopCrawler ends the crawl as CANCELLED, which a condition may watch; what it found is dropped."""
    spec = workflow("T1: -> crawler:C\nT2: crawler:C=CANCELLED -> A").start()
    spec.when(crawler_commands.StopCrawl, "C").then("C to end as STOPPED")
    spec.then_refused("CrawlerStoppingException", "is stopping", crawler_commands.StopCrawl, "C")
    attempt = spec.graph().attempts[NODE][0]
    spec.when(commands.CompleteNode, spec.run, attempt.id, "STOPPED").then("C CANCELLED", "T2 fired", "A started")
    spec.then_refused("CrawlerNotRunningException", "isn't running", crawler_commands.StopCrawl, "C")


def test_stopping_a_run_cancels_its_crawls() -> None:
    """The one that runs is asked to end, the one that waits ends at once."""
    spec = workflow("T1: -> crawler:C").start()
    first = spec.run
    spec.start().when(commands.StopRun, "W", spec.run)
    assert (state(spec), state(spec, first)) == ("CANCELLED", "RUNNING")
    spec.when(commands.StopRun, "W", first)
    spec.when(commands.CompleteNode, first, spec.graph(first).attempts[NODE][0].id, "STOPPED")
    assert (state(spec, first), spec.graph(first).status) == ("CANCELLED", "STOPPED")


def test_a_run_is_resumed_from_a_crawler() -> None:
    """A crawler that was not defined ends in ERROR; once it is, the run goes on from it, downstream included."""
    spec = Specification("T1: -> A\nT2: A -> crawler:C\nT3: crawler:C -> B").start()
    spec.ends("A").then("A SUCCEEDED", "T2 fired", "C refused ERROR", "run COMPLETED")
    given_crawler(spec).when(commands.ResumeRun, "W", spec.run, (unique_id("W", CRAWLER, "C"),))
    spec.then("run resumed", "C started")
    spec.run = spec.answer.run_id
    finds(spec, spec.run, findings()).then("C SUCCEEDED", "T3 fired", "B started")


def test_an_on_demand_trigger_starts_a_crawler() -> None:
    """Outside of any workflow too; the crawl names the trigger."""
    spec = given_crawler(Specification())
    definition = Specification("T: -> crawler:C").standing.designs.trigger("T")
    assert definition is not None
    assert definition.trigger is not None
    alone = type(definition.trigger)("T", "ON_DEMAND", actions=definition.trigger.actions)
    spec.when(commands.DefineTrigger, alone).when(commands.StartTrigger, "T").then("CrawlRequested", "C started")


def test_a_failed_crawl_changes_nothing() -> None:
    """Its tables of before stay as they were."""
    spec = crawl(given_crawler(Specification()))
    crawl_id = spec.when(crawler_commands.StartCrawl, "C").answer
    spec.when(commands.CompleteNode, f"crawl:{crawl_id}", crawl_id, "FAILED", "no such folder")
    spec.then("C FAILED", "run COMPLETED")
