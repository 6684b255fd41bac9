"""Crawlers and the data catalog on pages, with as little and as much as their definitions may hold."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from daemon.console.pages.crawlers import changes
from events.vocabulary import CrawlReport
from tests.daemon.api.clients import Served
from tests.daemon.api.serving import until
from tests.daemon.console.browser_forms import submit

COLUMNS = [{"Name": "id", "Type": "bigint"}, {"Name": "note", "Type": "string", "Comment": "free <text>"}]


def test_a_crawler_is_run_from_its_page(served: Served, tmp_path: Path) -> None:
    """Its crawls and what they changed stand there; names may hold anything."""
    name = "a/crawler ✓"
    served.glue.create_crawler(Name=name, Role="r", Targets={"S3Targets": [{"Path": str(tmp_path)}]})
    page = f"/console/crawlers/{quote(name, safe='')}"
    assert "This crawler never ran" in served.ask("GET", page).body.decode()
    done = submit(served, "/console/start-crawler", crawler=name)
    assert (done.status, done.headers["location"]) == (303, page)
    until(lambda: served.glue.get_crawler(Name=name)["Crawler"]["State"], lambda state: state == "READY")
    assert "/console/start-crawler" in served.ask("GET", page).body.decode()
    assert name in served.ask("GET", "/console/crawlers").body.decode()
    assert submit(served, "/console/stop-crawler", crawler=name).status == 400


def test_tables_are_found_and_read(served: Served) -> None:
    """A table with everything and one with nothing but a name; versions newest first."""
    glue = served.glue
    glue.create_database(DatabaseInput={"Name": "shown"})
    glue.create_table(DatabaseName="shown", TableInput={"Name": "bare"})
    full: dict[str, Any] = {"Name": "full", "StorageDescriptor": {"Columns": COLUMNS[:1], "Location": "/data"}}
    full["PartitionKeys"] = [{"Name": "day", "Type": "string"}]
    glue.create_table(DatabaseName="shown", TableInput=full)
    full["StorageDescriptor"] = {"Columns": COLUMNS, "Location": "/data"}
    glue.update_table(DatabaseName="shown", TableInput=full)
    glue.create_partition(
        DatabaseName="shown",
        TableName="full",
        PartitionInput={"Values": ["monday"], "StorageDescriptor": {"Location": "/data/day=monday"}},
    )
    listed = served.ask("GET", "/console/catalog?find=ful").body.decode()
    assert ("name=full" in listed, "name=bare" in listed) == (True, False)
    table = served.ask("GET", "/console/catalog/table?database=shown&name=full").body.decode()
    for text in (
        "free &lt;text&gt;",
        "monday",
        "/data/day=monday",
        "<code>id bigint</code>",
        "<code>note string</code>",
    ):
        assert text in table
    assert served.ask("GET", "/console/catalog/table?database=shown&name=bare").status == 200
    assert served.ask("GET", "/console/catalog/table?database=shown&name=none").status == 404


def test_changes_are_told_in_words() -> None:
    """Only what changed, in the singular where it is one."""
    assert changes(CrawlReport(tables_created=2, partitions_deleted=1)) == "2 tables created, 1 partition deleted"
    assert changes(CrawlReport(files=3)) == "nothing changed"


def test_health_shows_what_is_scheduled_and_no_secret(served: Served) -> None:
    """What comes due, and the settings in force."""
    served.glue.create_workflow(Name="clocked")
    served.glue.create_trigger(
        Name="clock", Type="SCHEDULED", WorkflowName="clocked", Schedule="cron(0 5 * * ? *)", StartOnCreation=True,
        Actions=[{"JobName": "none"}],
    )  # fmt: skip
    page = served.ask("GET", "/console/health").body.decode()
    for text in ("Ready", "cron(0 5 * * ? *)", "state_dir"):
        assert text in page
