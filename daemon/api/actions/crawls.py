"""The crawls of a crawler: their list with its filters, the metrics, and how a crawler stands by them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from daemon.api import render_crawlers
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present
from daemon.api.render_crawlers import CrawlerStanding
from daemon.engine import Engine
from daemon.errors import EntityNotFound, InvalidInput
from events.vocabulary import CRAWLER, node_key
from projections.run_values import Attempt

DEFAULT_PAGE = 20
CRAWLS_IN_METRICS = 20
"""Over how many crawls the median runtime is taken."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {"EQ": eq, "NE": ne, "GT": gt, "GE": ge, "LT": lt, "LE": le}
_PAGE_OF_ROWS = 20
_TEXTS = ("CRAWL_ID", "STATE")
_Filter = Callable[[Attempt], bool]


def list_crawls(call: Call) -> Answer:
    """A crawler's crawls, newest first, those that pass every filter."""
    name = call.members["CrawlerName"]
    if call.engine.standing.designs.crawler(name) is None:
        raise EntityNotFound(f"Crawler entry with name {name} does not exist")
    filters = [_filter(described) for described in call.members.get("Filters", ())]
    request = call.page_of(f"ListCrawls:{name}", DEFAULT_PAGE)
    rows, token = request.of_rows(
        lambda limit, before: _first(limit, _crawls(call.engine, name, before), lambda a: all(f(a) for f in filters))
    )
    return present({"Crawls": [render_crawlers.history(attempt, name) for _, attempt in rows], "NextToken": token})


def get_crawler_metrics(call: Call) -> Answer:
    """The metrics of the crawlers named, or of all."""
    names = call.members.get("CrawlerNameList")
    crawlers = call.engine.standing.designs.all("crawler")
    chosen = [crawler for crawler in crawlers if not names or crawler.name in names]
    page, token = call.page_of("GetCrawlerMetrics").of_names(chosen)
    return present(
        {"CrawlerMetricsList": [_metrics(call.engine, crawler.name) for crawler in page], "NextToken": token}
    )


def standing_of(engine: Engine, name: str) -> CrawlerStanding:
    """The crawl under way and the one that ended last."""
    last = _first(1, _crawls(engine, name), lambda attempt: not attempt.is_active)
    return CrawlerStanding(_under_way(engine, name), last[0][1] if last else None)


def _metrics(engine: Engine, name: str) -> dict[str, Any]:
    ended = _first(CRAWLS_IN_METRICS, _crawls(engine, name), lambda attempt: not attempt.is_active)
    return render_crawlers.metrics(name, CrawlerStanding(_under_way(engine, name)), [attempt for _, attempt in ended])


def _under_way(engine: Engine, name: str) -> Attempt | None:
    under_way = engine.standing.slots.under_way(node_key(CRAWLER, name))
    return engine.standing.graph(under_way[0][1]).find(under_way[0][0]) if under_way else None


def _crawls(engine: Engine, name: str, before: int | None = None) -> Iterator[tuple[int, Attempt]]:
    """The crawls of a crawler, newest first, each with its ordinal; read as far as they are asked for."""
    while rows := engine.crawls_of(name, _PAGE_OF_ROWS, before):
        for ordinal, crawl_id, run in rows:
            attempt = engine.standing.graph(run).find(crawl_id)
            if attempt is not None:
                yield ordinal, attempt
        before = rows[-1][0]


def _first(limit: int, crawls: Iterator[tuple[int, Attempt]], passes: _Filter) -> list[tuple[int, Attempt]]:
    found: list[tuple[int, Attempt]] = []
    for ordinal, attempt in crawls:
        if passes(attempt):
            found.append((ordinal, attempt))
            if len(found) == limit:
                break
    return found


def _filter(described: dict[str, Any]) -> _Filter:
    """One filter of ListCrawls. Raises InvalidInput, in Glue's words as far as they are known."""
    field, operator = described.get("FieldName"), described.get("FilterOperator")
    value = described.get("FieldValue")
    if field is None or operator is None or value is None:
        shown = ", ".join(f"{n}: {'null' if v is None else v}" for n, v in _members(field, operator, value))
        raise InvalidInput(f"Invalid Filter Provided: {shown}")
    if field in _TEXTS and operator not in ("EQ", "NE"):
        raise InvalidInput(f"Only EQ or NE operator is allowed for field : {field}")
    compare = _OPERATORS[operator]
    if field in _TEXTS:
        return lambda attempt: compare(_text(field, attempt), value)
    wanted = _moment(value) if field in ("START_TIME", "END_TIME") else _number(field, value)
    return lambda attempt: (found := _measure(field, attempt)) is not None and compare(found, wanted)


def _members(field: Any, operator: Any, value: Any) -> tuple[tuple[str, Any], ...]:
    return ("FieldName", field), ("FilterOperator", operator), ("FieldValue", value)


def _text(field: str, attempt: Attempt) -> str:
    return attempt.id if field == "CRAWL_ID" else render_crawlers.history_state(attempt)


def _measure(field: str, attempt: Attempt) -> float | None:
    """What is compared: milliseconds, or DPU hours, of which a crawl here takes none."""
    return {"START_TIME": attempt.started_at, "END_TIME": attempt.completed_at, "DPU_HOUR": 0.0}[field]


def _moment(value: str) -> float:
    """Milliseconds since the epoch, which Glue documents, or a moment as ISO 8601 has it."""
    if value.lstrip("-").isdecimal():
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"FieldValue '{value[:100]}' is no time: milliseconds since 1970, or ISO 8601.") from error


def _number(field: str, value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise InvalidInput(f"FieldValue '{value[:100]}' of {field} is no number.") from error
