"""Crawlers: the list, and one crawler with its crawls, what each changed in the catalog, and buttons to run it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daemon.api.actions.crawls import standing_of
from daemon.api.v1_documents import moment
from daemon.console.forms import form_of
from daemon.console.page import Around
from daemon.console.rendering import see
from daemon.errors import EntityNotFound
from daemon.scheduler import next_due
from events.vocabulary import CRAWLER, CrawlReport
from projections.designs import Definition
from projections.run_values import Attempt, RunGraph

CRAWLS_ON_A_PAGE = 50
_PLACES = {
    "S3Targets": "Path",
    "JdbcTargets": "Path",
    "MongoDBTargets": "Path",
    "DynamoDBTargets": "Path",
    "CatalogTargets": "DatabaseName",
    "DeltaTargets": "DeltaTables",
    "IcebergTargets": "Paths",
    "HudiTargets": "Paths",
}


class Crawlers:
    """The pages of crawlers of one engine."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._engine = around.engine
        self.reads = [Route("/console/crawlers", self.all), Route("/console/crawlers/{name:path}", self.crawler)]
        self.writes = [
            Route("/console/start-crawler", self.start, methods=["POST"]),
            Route("/console/stop-crawler", self.stop, methods=["POST"]),
        ]

    async def all(self, request: Request) -> Response:
        """Every crawler in order of name, with its last crawl."""
        rows = [self._row(definition) for definition in self._engine.standing.designs.all("crawler")]
        return await self._around.renderer.page(request, "crawlers.html", {"crawlers": rows})

    async def crawler(self, request: Request) -> Response:
        """One crawler and its crawls, newest first."""
        name = request.path_params["name"]
        definition = self._engine.standing.designs.crawler(name)
        crawls = await self._crawls(name, request.query_params.get("before", ""))
        if definition is None and not crawls:
            raise EntityNotFound(f"Crawler {name!r} does not exist.")
        context = {
            "name": name,
            "definition": definition,
            "body": definition.body if definition is not None else {},
            "targets": targets_of(definition) if definition is not None else [],
            "row": self._row(definition) if definition is not None else None,
            "crawls": crawls,
            "following": crawls[-1]["ordinal"] if len(crawls) == CRAWLS_ON_A_PAGE else None,
        }
        return await self._around.renderer.page(request, "crawler.html", context)

    async def start(self, request: Request) -> Response:
        """Starts a crawl and goes to the crawler's page."""
        return await self._change(request, "StartCrawler")

    async def stop(self, request: Request) -> Response:
        """Asks the crawl under way to end and goes to the crawler's page."""
        return await self._change(request, "StopCrawler")

    async def _change(self, request: Request, operation: str) -> Response:
        name = (await form_of(request)).text("crawler")
        await self._around.do(operation, {"Name": name})
        return see(self._around.renderer.path("crawlers", name))

    def _row(self, definition: Definition) -> dict[str, Any]:
        standing = standing_of(self._engine, definition.name)
        newest = standing.under_way or standing.last
        schedule = definition.schedule
        return {
            "name": definition.name,
            "database": definition.body.get("DatabaseName", ""),
            "targets": targets_of(definition),
            "under_way": standing.under_way is not None,
            "last": _crawl(newest) if newest is not None else None,
            "next": moment(next_due(schedule)) if schedule is not None and schedule.expression else None,
        }

    async def _crawls(self, name: str, before: str) -> list[dict[str, Any]]:
        place = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        found = []
        for ordinal, crawl_id, run_id in self._engine.crawls_of(name, CRAWLS_ON_A_PAGE, place):
            await self._engine.recall(run_id)
            graph = self._engine.graph(run_id)
            attempt = graph.find(crawl_id)
            if attempt is not None:
                found.append({"ordinal": ordinal, **_crawl(attempt), **_where(graph)})
        return found


def targets_of(definition: Definition) -> list[str]:
    """What a crawler reads, each as its path or name."""
    found: list[str] = []
    for kind, member in _PLACES.items():
        for target in definition.body.get("Targets", {}).get(kind, ()):
            place = target.get(member, "")
            found += [place] if isinstance(place, str) else list(place)
    return found


def _where(graph: RunGraph) -> dict[str, Any]:
    return {"run_id": "" if graph.stands_alone else graph.run_id, "workflow": graph.workflow, "by": graph.by}


def _crawl(attempt: Attempt) -> dict[str, Any]:
    report = attempt.crawl or CrawlReport()
    return {
        "id": attempt.id,
        "state": attempt.state,
        "started_at": moment(attempt.started_at),
        "completed_at": moment(attempt.completed_at),
        "error": attempt.error,
        "report": report,
        "changes": changes(report) if attempt.crawl is not None else "",
        "kind": CRAWLER,
    }


def changes(report: CrawlReport) -> str:
    """What a crawl changed, in words: `2 tables created, 1 partition deleted`."""
    counts = (
        (report.tables_created, "table", "created"),
        (report.tables_updated, "table", "updated"),
        (report.tables_deleted, "table", "deleted"),
        (report.partitions_created, "partition", "created"),
        (report.partitions_deleted, "partition", "deleted"),
    )
    told = [f"{count} {what}{'s' if count > 1 else ''} {how}" for count, what, how in counts if count]
    return ", ".join(told) or "nothing changed"
