"""What a crawler's Configuration and recrawl policy make of its crawls."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.crawling.lake import crawled, found, keys, write_parquet, write_text


def configured(**members: Any) -> str:
    """A Configuration."""
    return json.dumps({"Version": 1.0, **members})


def test_schemas_that_fit_are_combined(tmp_path: Path) -> None:
    """CombineCompatibleSchemas makes one table of files that share few columns, but not of ones that clash."""
    write_parquet(tmp_path / "x" / "a" / "f", id=[1], p=[1])
    write_parquet(tmp_path / "x" / "b" / "f", id=[1], q=[1])
    assert sorted(found(tmp_path / "x")) == ["a", "b"]
    combined = configured(Grouping={"TableGroupingPolicy": "CombineCompatibleSchemas"})
    assert sorted(found(tmp_path / "x", Configuration=combined)) == ["x"]
    write_parquet(tmp_path / "x" / "c" / "f", id=[True])
    assert sorted(found(tmp_path / "x", Configuration=combined)) == ["a", "b", "c"]


def test_a_table_level_is_kept_to(tmp_path: Path) -> None:
    """TableLevelConfiguration counts folders from the root, or from the bucket."""
    for day in ("d1", "d2"):
        write_parquet(tmp_path / "x" / "a" / day / "f", id=[1])
        write_parquet(tmp_path / "x" / "b" / day / "f", id=[1])
    level = len(tmp_path.parts[1:])
    assert sorted(found(tmp_path / "x")) == ["x"]
    for deeper, expected in ((1, ["x"]), (2, ["a", "b"])):
        configuration = configured(Grouping={"TableLevelConfiguration": level + deeper})
        tables = found(tmp_path / "x", Configuration=configuration)
        assert sorted(tables) == expected
    assert keys(tables["a"]) == ["partition_0"]


def test_too_many_tables_fail_the_crawl(tmp_path: Path) -> None:
    """TableThreshold is the most that a crawl may find."""
    write_parquet(tmp_path / "a" / "f", p=[1])
    write_parquet(tmp_path / "b" / "f", q=[1])
    assert "tables detected by crawler: 2 is greater than the table threshold value provided: 1" in str(
        crawled(tmp_path, Configuration=configured(CrawlerOutput={"Tables": {"TableThreshold": 1}})).error
    )
    assert len(found(tmp_path, Configuration=configured(CrawlerOutput={"Tables": {"TableThreshold": 2}}))) == 2


@pytest.mark.parametrize(
    ("grouping", "said"),
    [
        ({"TableGroupingPolicy": "Odd"}, "TableGroupingPolicy is 'Odd'"),
        ({"TableLevelConfiguration": "two"}, "TableLevelConfiguration is 'two'; it must be a whole number"),
    ],
)
def test_a_configuration_that_makes_no_sense_fails_the_crawl(tmp_path: Path, grouping: Any, said: str) -> None:
    """With its name."""
    assert said in str(crawled(tmp_path, Configuration=configured(Grouping=grouping)).error)


def test_what_is_not_carried_out_is_warned_of(tmp_path: Path) -> None:
    """In the crawl's log, each by its name; the crawl goes on."""
    write_text(tmp_path / "t" / "f", "a,b\n1,2\n")
    members = {
        "LineageConfiguration": {"CrawlerLineageSettings": "ENABLE"},
        "CrawlerSecurityConfiguration": "s",
        "LakeFormationConfiguration": {"UseLakeFormationCredentials": True},
        "Configuration": configured(CreatePartitionIndex=True),
    }
    assert len(found(tmp_path / "t", log=str(tmp_path / "log"), id="i", **members)) == 1
    warnings = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("[i] WARN : ")]
    for name in ("Lake Formation", "security configuration", "CrawlerLineageSettings", "CreatePartitionIndex"):
        assert any(name in warning for warning in warnings), name


def test_known_folders_are_not_read_again(tmp_path: Path) -> None:
    """Tables and partitions are found as if they were; a new folder of a known table is its partition, another is a
    table of its own."""
    write_parquet(tmp_path / "orders" / "year=2023" / "f", id=[1])
    write_text(tmp_path / "notes" / "f", "a,b\n1,2\n")
    before = crawled(tmp_path)
    write_parquet(tmp_path / "orders" / "year=2024" / "f", id=[1])
    write_parquet(tmp_path / "new" / "f", other=[1])
    (tmp_path / "notes" / "f").write_bytes(b"\0 unreadable by now")
    after = crawled(tmp_path, known=before.tables)
    assert (after.files, after.failures, after.error) == (2, (), None)
    assert {table.name: len(table.partitions) for table in after.tables} == {"new": 0, "notes": 0, "orders": 2}
