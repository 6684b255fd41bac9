"""Crawlers in a real daemon: real files to tables, alone and between the jobs of a workflow."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.corridor.conftest import Starting
from tests.corridor.crawling import crawled, define_crawler, rested
from tests.corridor.workshop import Workshop, states
from tests.daemon.api.clients import client_of

GROUP = "/aws-glue/crawlers"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder with one table of two partitions."""
    for year in (2023, 2024):
        folder = tmp_path / "lake" / "orders" / f"year={year}"
        folder.mkdir(parents=True)
        parquet.write_table(pa.table({"Id": [1], "price": [1.5]}), folder / "a.parquet")
    return tmp_path / "lake"


def test_a_crawl_makes_tables_that_clients_read(workshop: Workshop, lake: Path) -> None:
    """Database, table, types and partitions over the wire; history and metrics tell of the crawl."""
    glue = workshop.glue
    define_crawler(glue, "c", lake, TablePrefix="raw_")
    assert crawled(glue, "c")["LastCrawl"]["Status"] == "SUCCEEDED"
    table = glue.get_table(DatabaseName="sales", Name="raw_lake")["Table"]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["partition_0", "year"]
    assert table["StorageDescriptor"]["Columns"][0] == {"Name": "id", "Type": "bigint"}
    chosen = glue.get_partitions(DatabaseName="SALES", TableName="raw_lake", Expression="year > 2023")["Partitions"]
    assert [partition["Values"] for partition in chosen] == [["orders", "2024"]]
    (crawl,) = glue.list_crawls(CrawlerName="c")["Crawls"]
    assert (crawl["State"], '"ADD":{"Count":1}' in crawl["Summary"]) == ("COMPLETED", True)
    (metrics,) = glue.get_crawler_metrics(CrawlerNameList=["c"])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"], metrics["TablesDeleted"]) == (1, 0, 0)


def test_a_crawl_again_makes_versions_of_what_changed(workshop: Workshop, lake: Path) -> None:
    """Nothing for the same files; a new version for a new column; the row of the table outlives a restart."""
    glue = workshop.glue
    define_crawler(glue, "c", lake / "orders")
    crawled(glue, "c")
    crawled(glue, "c")
    folder = lake / "orders" / "year=2025"
    folder.mkdir()
    parquet.write_table(pa.table({"id": [1], "price": [1.5], "note": ["x"]}), folder / "b.parquet")
    crawled(glue, "c")
    versions = glue.get_table_versions(DatabaseName="sales", TableName="orders")["TableVersions"]
    assert [version["VersionId"] for version in versions] == ["1", "0"]
    assert [len(version["Table"]["StorageDescriptor"]["Columns"]) for version in versions] == [3, 2]
    assert len(glue.get_partitions(DatabaseName="sales", TableName="orders")["Partitions"]) == 3


def test_a_crawler_between_two_jobs(workshop: Workshop, tmp_path: Path) -> None:
    """Its target is missing: the crawl fails and the last job never runs. Once it is there the run is resumed from
    the crawler, and the first job is taken over."""
    glue, lake = workshop.glue, tmp_path / "lake"
    workshop.shell("first")
    workshop.shell("last")
    define_crawler(glue, "c", lake)
    glue.create_workflow(Name="W")
    glue.create_trigger(Name="t1", WorkflowName="W", Type="ON_DEMAND", Actions=[{"JobName": "first"}])
    for name, condition, action in (
        ("t2", {"JobName": "first", "State": "SUCCEEDED"}, {"CrawlerName": "c"}),
        ("t3", {"CrawlerName": "c", "CrawlState": "SUCCEEDED"}, {"JobName": "last"}),
    ):
        conditions = {"Conditions": [{"LogicalOperator": "EQUALS", **condition}]}
        members = {"Name": name, "WorkflowName": "W", "Type": "CONDITIONAL", "StartOnCreation": True}
        glue.create_trigger(**members, Predicate=conditions, Actions=[action])
    run_id = workshop.start("W")
    run = workshop.finished("W", run_id)
    assert (states(run), crawl_of(run)["State"]) == ({"first": "SUCCEEDED", "last": None}, "FAILED")
    assert "does not exist" in crawl_of(run)["ErrorMessage"]
    lake.mkdir()
    (lake / "a.csv").write_text("x,y\n1,2\n")
    node = next(node["UniqueId"] for node in run["Graph"]["Nodes"] if node["Type"] == "CRAWLER")
    resumed = glue.resume_workflow_run(Name="W", RunId=run_id, NodeIds=[node])
    run = workshop.finished("W", resumed["RunId"])
    assert (states(run), crawl_of(run)["State"]) == (dict.fromkeys(("first", "last"), "SUCCEEDED"), "SUCCEEDED")
    assert [table["Name"] for table in glue.get_tables(DatabaseName="sales")["TableList"]] == ["lake"]


def crawl_of(run: dict[str, Any]) -> dict[str, Any]:
    """The newest crawl of the run's crawler node."""
    crawl: dict[str, Any] = next(
        node["CrawlerDetails"]["Crawls"][0] for node in run["Graph"]["Nodes"] if node["Type"] == "CRAWLER"
    )
    return crawl


def test_a_stopped_crawl_is_cancelled(workshop: Workshop, lake: Path) -> None:
    """Its process is ended before it has read anything, and there is no table."""
    glue = workshop.glue
    define_crawler(glue, "c", lake)
    glue.start_crawler(Name="c")
    glue.stop_crawler(Name="c")
    assert rested(glue, "c")["LastCrawl"]["Status"] == "CANCELLED"
    assert glue.list_crawls(CrawlerName="c")["Crawls"][0]["State"] == "STOPPED"
    assert glue.get_databases()["DatabaseList"] == []


def test_a_crawl_outlives_the_daemon(starting: Starting, lake: Path) -> None:
    """The daemon is killed under a crawl; the next one takes its findings over, once."""
    first = starting()
    define_crawler(first.glue, "c", lake / "orders")
    first.glue.start_crawler(Name="c")
    first.kill()
    glue = starting().glue
    assert rested(glue, "c")["LastCrawl"]["Status"] == "SUCCEEDED"
    assert len(glue.list_crawls(CrawlerName="c")["Crawls"]) == 1
    versions = glue.get_table_versions(DatabaseName="sales", TableName="orders")["TableVersions"]
    assert [version["VersionId"] for version in versions] == ["0"]


def test_the_daemon_does_without_pyarrow(workshop: Workshop, lake: Path) -> None:
    """A crawl leaves no trace of pyarrow in the daemon's own process."""
    define_crawler(workshop.glue, "c", lake)
    crawled(workshop.glue, "c")
    mapped = Path(f"/proc/{workshop.daemon.process.pid}/maps").read_text()
    assert "pyarrow" not in mapped
    assert "sqlite" in mapped


def test_a_crawl_without_pyarrow_names_the_extra(starting: Starting, lake: Path, tmp_path: Path) -> None:
    """On an installation where pyarrow cannot be imported the crawl fails with how to install it."""
    folder = tmp_path / "without"
    folder.mkdir()
    (folder / "pyarrow.py").write_text("raise ModuleNotFoundError(\"No module named 'pyarrow'\", name='pyarrow')\n")
    glue = starting(environment={"PYTHONPATH": str(folder)}).glue
    define_crawler(glue, "c", lake)
    crawl = crawled(glue, "c")["LastCrawl"]
    assert crawl["Status"] == "FAILED"
    assert "pip install 'reglue[crawl]'" in crawl["ErrorMessage"]
    assert glue.get_databases()["DatabaseList"] == []


def test_classifiers_and_new_folders(workshop: Workshop, tmp_path: Path) -> None:
    """A crawl goes by the crawler's classifiers; the next one reads new folders only, and leaves the table as it is."""
    glue, lake = workshop.glue, tmp_path / "lake" / "sales"
    for year, text in (("2023", "a^b\n1^2\n"), ("2024", "a^b^c\n1^2^3\n")):
        (lake / f"year={year}").mkdir(parents=True)
        (lake / f"year={year}" / "f").write_text(text)
    held_back = (lake / "year=2024").rename(tmp_path / "held")
    glue.create_classifier(CsvClassifier={"Name": "carets", "Delimiter": "^"})
    policies = {
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    }
    define_crawler(glue, "c", lake, Classifiers=["carets"], **policies)
    crawled(glue, "c")
    held_back.rename(lake / "year=2024")
    crawled(glue, "c")
    (table,) = glue.get_tables(DatabaseName="sales")["TableList"]
    assert (table["VersionId"], [c["Name"] for c in table["StorageDescriptor"]["Columns"]]) == ("0", ["a", "b"])
    assert len(glue.get_partitions(DatabaseName="sales", TableName="sales")["Partitions"]) == 2
    text = " ".join(messages(workshop, "c"))
    assert "1 files are in folders that were crawled before and were not read again." in text
    glue.delete_classifier(Name="carets")
    assert "classifier carets does not exist" in crawled(glue, "c")["LastCrawl"]["ErrorMessage"]


def messages(workshop: Workshop, crawler: str, **members: Any) -> list[str]:
    """The messages of a crawler's log stream, or those that a filter wants."""
    logs = client_of(workshop.daemon.url, "logs")
    if members:
        events = logs.filter_log_events(logGroupName=GROUP, logStreamNames=[crawler], **members)["events"]
    else:
        events = logs.get_log_events(logGroupName=GROUP, logStreamName=crawler, startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_a_crawl_tells_its_log_what_it_does(workshop: Workshop, lake: Path) -> None:
    """From start to end, in AWS's style: targets, tables, files that cannot be read, what became of the catalog."""
    glue = workshop.glue
    (lake / "orders" / "year=2024" / "damaged").write_bytes(b"PAR1")
    define_crawler(glue, "c", lake / "orders")
    last = crawled(glue, "c")["LastCrawl"]
    assert (last["LogGroup"], last["LogStream"]) == (GROUP, "c")
    prefix = f"[{last['MessagePrefix']}] "
    said = messages(workshop, "c")
    assert all(message.startswith(prefix) for message in said)
    plain = [message.removeprefix(prefix) for message in said]
    assert plain[0] == "BENCHMARK : Running Start Crawl for Crawler c"
    assert plain[-1] == "BENCHMARK : Crawler has finished running and is in state READY"
    for line in (
        f"INFO : Target {lake}/orders: 3 files, 0 excluded.",
        f"INFO : Table orders at {lake}/orders/: parquet, 2 files, 2 columns, 2 partitions.",
        "BENCHMARK : Classification complete, writing results to database sales",
        "INFO : Created table orders in database sales",
        "INFO : Run Summary For PARTITION:",
        "INFO : ADD: 2",
        "BENCHMARK : Finished writing to Catalog",
    ):
        assert line in plain
    assert [line for line in plain if line.startswith(f"ERROR : {lake}/orders/year=2024/damaged: ")]
    assert len(messages(workshop, "c", filterPattern=f'"{last["MessagePrefix"]}" ERROR')) == 1


def test_a_failed_crawl_tells_its_log_why(workshop: Workshop, tmp_path: Path) -> None:
    """The streams are those of the crawlers that have crawled."""
    define_crawler(workshop.glue, "c", tmp_path / "absent")
    define_crawler(workshop.glue, "d", tmp_path)
    crawled(workshop.glue, "c")
    assert f"ERROR : {tmp_path}/absent does not exist" in " ".join(messages(workshop, "c"))
    logs = client_of(workshop.daemon.url, "logs")
    assert [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=GROUP)["logStreams"]] == ["c"]
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="named by a crawler"):
        logs.get_log_events(logGroupName=GROUP, logStreamName="d")
