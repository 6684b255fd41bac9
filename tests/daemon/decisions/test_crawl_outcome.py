"""What a crawl's findings make of the catalog, by the crawler's policies."""

from typing import Any

import msgspec
import pytest

from daemon.crawling.findings import FoundPartition, FoundTable
from projections.crawler_terms import DEPRECATED_BY
from projections.designs import Definition
from tests.daemon.decisions.crawler_text import crawl, given_crawler, table
from tests.daemon.decisions.specification import Specification

ENDS = ("C SUCCEEDED", "run COMPLETED")


def spec_with(**policy: str) -> Specification:
    """A crawler with a SchemaChangePolicy that has found `orders` with two partitions, and `notes`."""
    spec = given_crawler(Specification(), SchemaChangePolicy=policy)
    return crawl(spec, table("orders", "1", "2"), table("notes"))


def stored(spec: Specification, name: str) -> Definition:
    """A table of the database sales."""
    found = spec.standing.designs.find("table", f"sales/{name}")
    assert found is not None
    return found


def report(spec: Specification) -> Any:
    """What the last crawl recorded of itself."""
    return next(fact.event.crawl for fact in spec.facts if hasattr(fact.event, "crawl"))


def test_a_first_crawl_makes_database_and_tables() -> None:
    """All of it in the unit that ends the crawl."""
    spec = spec_with().then("DatabaseDefined", "TableDefined", "PartitionsAdded", "TableDefined", *ENDS)
    assert (report(spec).tables_created, report(spec).partitions_created) == (2, 2)
    partitions = spec.standing.designs.find("partitions", "sales/orders")
    assert partitions is not None
    assert [p["Values"] for p in partitions.body.values()] == [["1"], ["2"]]


def test_an_unchanged_table_is_left() -> None:
    """The same findings again change nothing."""
    spec = crawl(spec_with(), table("orders", "1", "2"), table("notes")).then(*ENDS)
    assert (report(spec).tables_updated, stored(spec, "orders").edition) == (0, 1)


def test_a_changed_table_gets_a_version() -> None:
    """Members and parameters that a client added stay."""
    spec = crawl(spec_with(), table("orders", "1", "2", kind="string"), table("notes"))
    spec.then("TableChanged", *ENDS)
    assert (report(spec).tables_updated, stored(spec, "orders").edition) == (1, 2)


def test_a_policy_may_leave_changed_tables() -> None:
    """LOG: new partitions are added all the same."""
    spec = crawl(spec_with(UpdateBehavior="LOG"), table("orders", "1", "2", "3", kind="string"), table("notes"))
    spec.then("PartitionsAdded", *ENDS)


@pytest.mark.parametrize(
    ("behavior", "happened"),
    [
        ("DEPRECATE_IN_DATABASE", ("TableChanged",)),
        ("DELETE_FROM_DATABASE", ("TableRemoved", "PartitionsCleared")),
        ("LOG", ()),
    ],
)
def test_a_policy_says_what_becomes_of_lost_tables(behavior: str, happened: tuple[str, ...]) -> None:
    """Marked as deprecated by default, deleted, or left."""
    crawl(spec_with(DeleteBehavior=behavior), table("notes")).then(*happened, *ENDS)


def test_a_table_is_deprecated_once_and_comes_back() -> None:
    """The mark stays until its files are there again."""
    spec = crawl(spec_with(), table("notes"))
    assert DEPRECATED_BY in stored(spec, "orders").body["Parameters"]
    crawl(spec, table("notes")).then(*ENDS)
    crawl(spec, table("notes"), table("orders", "1", "2")).then("TableChanged", *ENDS)
    assert DEPRECATED_BY not in stored(spec, "orders").body["Parameters"]


def test_lost_partitions_go_only_where_tables_would() -> None:
    """DELETE_FROM_DATABASE removes them; by default they stay."""
    found = (table("orders", "2"), table("notes"))
    crawl(spec_with(), *found).then(*ENDS)
    crawl(spec_with(DeleteBehavior="DELETE_FROM_DATABASE"), *found).then("PartitionsRemoved", *ENDS)


def test_an_unreadable_file_takes_no_table_away() -> None:
    """A table below which a file could not be read is not taken for lost; the crawl names the file."""
    spec = spec_with(DeleteBehavior="DELETE_FROM_DATABASE")
    crawl(spec, table("notes"), failed="/lake/orders/1/f").then(*ENDS)
    assert (report(spec).failed_files, report(spec).failures) == (1, ("/lake/orders/1/f: damaged",))


def test_others_tables_are_left() -> None:
    """A table that another crawler made, below the same target, is not ours to lose."""
    spec = spec_with(DeleteBehavior="DELETE_FROM_DATABASE")
    given_crawler(spec, "D", SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
    stored(spec, "orders").body["Parameters"]["UPDATED_BY_CRAWLER"] = "D"
    crawl(spec, table("notes")).then(*ENDS)


def test_a_table_made_again_begins_with_version_0() -> None:
    """After DELETE_FROM_DATABASE its numbers start anew, without the partitions of before."""
    spec = crawl(spec_with(DeleteBehavior="DELETE_FROM_DATABASE"), table("notes"))
    crawl(spec, table("notes"), table("orders", "9")).then("TableDefined", "PartitionsAdded", *ENDS)
    partitions = spec.standing.designs.find("partitions", "sales/orders")
    assert partitions is not None
    assert (stored(spec, "orders").edition, list(partitions.body)) == (1, ["9"])


def test_a_partition_follows_its_folder() -> None:
    """A folder that stands for the same values is the same partition, elsewhere; no second one is counted."""
    spec = crawl(spec_with(), table("notes"), moved(table("orders", "1", "2")))
    spec.then("PartitionsAdded", *ENDS)
    partitions = spec.standing.designs.find("partitions", "sales/orders")
    assert partitions is not None
    assert [kept["Location"] for kept in partitions.body.values()] == ["/lake/orders/k=1/", "/lake/orders/k=2/"]
    assert (report(spec).partitions_created, report(spec).tables_updated) == (0, 1)


def test_folders_of_the_same_values_are_one_partition() -> None:
    """The first of them, so that a crawl of the same files changes nothing."""
    twice = table("orders", "1", "1")
    twice = msgspec.structs.replace(twice, partitions=(twice.partitions[0], *moved(twice).partitions[1:]))
    crawl(spec_with(), table("notes"), twice).then(*ENDS)


def moved(found: FoundTable) -> FoundTable:
    """The same partitions in folders named `k=value`."""
    partitions = tuple(FoundPartition(p.values, f"/lake/{found.name}/k={p.values[0]}/") for p in found.partitions)
    return msgspec.structs.replace(found, partitions=partitions)


def test_known_columns_may_be_kept() -> None:
    """MergeNewColumns: a column keeps its type, new ones come behind it."""
    spec = given_crawler(
        Specification(), Configuration='{"CrawlerOutput":{"Tables":{"AddOrUpdateBehavior":"MergeNewColumns"}}}'
    )
    crawl(spec, table("orders"))
    crawl(spec, table("orders", kind="string")).then(*ENDS)
    wider = table("orders", kind="string")
    wider.definition["StorageDescriptor"]["Columns"].append({"Name": "note", "Type": "string"})
    crawl(spec, wider).then("TableChanged", *ENDS)
    assert [(c["Name"], c["Type"]) for c in stored(spec, "orders").body["StorageDescriptor"]["Columns"]] == [
        ("id", "bigint"),
        ("note", "string"),
    ]
