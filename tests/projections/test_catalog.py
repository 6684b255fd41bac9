"""Crawlers and the data catalog, made again from the log and from rows."""

from pathlib import Path

from daemon import catalog_commands
from events.vocabulary import partitions_stream, table_key, table_stream
from projections.rebuild import catch_up
from projections.store import ViewStore
from projections.table_versions import versions_of
from tests.daemon.decisions.crawler_text import crawl, given_crawler, table
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import standing_values


def crawled() -> Specification:
    """Two crawls outside of workflows, the second with changes, and one under way in a workflow."""
    spec = given_crawler(Specification("T1: -> crawler:C\nT2: crawler:C -> A"))
    crawl(spec, table("orders", "1", "2"), table("notes"))
    return crawl(spec, table("orders", "1", "3", kind="string")).start()


def test_everything_comes_back_from_the_log() -> None:
    """Crawlers, crawls, tables and partitions, folded from nothing."""
    spec = crawled()
    assert standing_values(catch_up(spec.log, ViewStore(None)), spec.log) == standing_values(spec.standing, spec.log)


def test_everything_comes_back_from_rows(tmp_path: Path) -> None:
    """From the rows of one daemon, and the events after them."""
    spec = crawled()
    views = ViewStore(tmp_path / "views.db")
    catch_up(spec.log, views)
    views.close()
    spec.when(catalog_commands.RemoveTable, "sales", "notes").start()
    views = ViewStore(tmp_path / "views.db")
    assert standing_values(catch_up(spec.log, views), spec.log) == standing_values(spec.standing, spec.log)
    views.close()


def test_versions_are_counted_from_the_last_creation() -> None:
    """A table that was deleted and made again has one version."""
    spec = crawled()
    stream = table_stream("sales", "orders")
    assert [v.number for v in versions_of([r.event for r in spec.log.stream(stream)])] == [0, 1]
    spec.when(catalog_commands.RemoveTable, "sales", "orders")
    assert versions_of([r.event for r in spec.log.stream(stream)]) == []
    spec.when(catalog_commands.DefineTable, "sales", "orders", {"Description": "anew"})
    assert [v.definition for v in versions_of([r.event for r in spec.log.stream(stream)])] == [{"Description": "anew"}]


def test_names_with_slashes_are_told_apart() -> None:
    """Database `a/b` with table `c` is not database `a` with table `b/c`."""
    assert table_key("a/b", "c") != table_key("a", "b/c")
    assert partitions_stream("a/b", "c") == "partitions:a%2Fb/c"
