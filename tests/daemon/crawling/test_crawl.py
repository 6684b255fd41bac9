"""Which tables a crawl finds in real files."""

import gzip
from pathlib import Path

import pytest

from tests.daemon.crawling.lake import columns, crawled, found, keys, write_orc, write_parquet, write_text


def test_parquet_types_have_hives_names(tmp_path: Path) -> None:
    """Nested types too; names are lower case."""
    write_parquet(tmp_path / "t" / "a.parquet", Id=[1], price=[1.5], tags=[["x"]], where=[{"City": "x", "zip": 1}])
    assert columns(found(tmp_path / "t")["t"]) == {
        "id": "bigint",
        "price": "double",
        "tags": "array<string>",
        "where": "struct<city:string,zip:bigint>",
    }


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("id,name\n1,ann\n2,bob\n", "csv", {"id": "bigint", "name": "string"}),
        ("1;2.5\n3;4.5\n", "csv", {"col0": "bigint", "col1": "double"}),
        ('{"id":1}\n{"id":2,"at":{"x":true}}\n', "json", {"id": "bigint", "at": "struct<x:boolean>"}),
        ('[{"id":1},{"id":2,"late":"x"}]', "json", {"id": "bigint", "late": "string"}),
        ('{\n "id": 1\n}\n', "json", {"id": "bigint"}),
    ],
)
def test_text_is_told_by_its_content(tmp_path: Path, text: str, kind: str, expected: dict[str, str]) -> None:
    """CSV with and without a header, JSON by lines, over lines and as one list; the name says nothing."""
    write_text(tmp_path / "t" / "data", text)
    table = found(tmp_path / "t")["t"]
    assert (columns(table), table.definition["Parameters"]["classification"]) == (expected, kind)


def test_packed_text_and_orc(tmp_path: Path) -> None:
    """A gzip file is read through; ORC by its footer."""
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "a.gz").write_bytes(gzip.compress(b"a,b\n1,x\n"))
    write_orc(tmp_path / "o" / "a.orc", n=[1])
    tables = found(tmp_path)
    assert tables["z"].definition["Parameters"]["compressionType"] == "gzip"
    assert tables["o"].definition["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("OrcSerde")


def test_hive_folders_are_partitions(tmp_path: Path) -> None:
    """Keys from `key=value`; values come back as they were before they were escaped."""
    for day in ("2024-01-01", "a%20b"):
        write_parquet(tmp_path / "sales" / "year=2024" / f"day={day}" / "f.parquet", id=[1])
    table = found(tmp_path / "sales")["sales"]
    assert keys(table) == ["year", "day"]
    assert [p.values for p in table.partitions] == [("2024", "2024-01-01"), ("2024", "a b")]
    assert table.partitions[0].location == f"{tmp_path}/sales/year=2024/day=2024-01-01/"


def test_alike_folders_are_partitions(tmp_path: Path) -> None:
    """Folders without keys whose files are alike get partition_0 and so on; their columns become one list."""
    write_parquet(tmp_path / "logs" / "2024" / "01" / "f", id=[1], level=["x"])
    write_parquet(tmp_path / "logs" / "2024" / "02" / "f", id=[1.5], level=["x"], host=["h"])
    table = found(tmp_path / "logs")["logs"]
    assert keys(table) == ["partition_0", "partition_1"]
    assert columns(table) == {"id": "double", "level": "string", "host": "string"}


def test_unlike_folders_are_tables(tmp_path: Path) -> None:
    """Other columns or another format make another table; unlike files of one folder are a table each."""
    write_parquet(tmp_path / "orders" / "f", id=[1])
    write_parquet(tmp_path / "Customers-EU" / "f", name=["x"])
    write_text(tmp_path / "mixed" / "a.csv", "x,y\n1,2\n")
    write_text(tmp_path / "mixed" / "b.json", '{"z":1}')
    assert sorted(found(tmp_path, TablePrefix="raw_")) == [
        "raw_a_csv",
        "raw_b_json",
        "raw_customers_eu",
        "raw_orders",
    ]


def test_namesakes_of_several_targets_are_told_apart(tmp_path: Path) -> None:
    """The second table of a name carries a digest of its location."""
    write_parquet(tmp_path / "a" / "t" / "f", x=[1])
    write_parquet(tmp_path / "b" / "t" / "f", y=[1])
    first, second = found(tmp_path / "a" / "t", tmp_path / "b" / "t").values()
    assert (first.name, second.name[:2], len(second.name)) == ("t", "t_", 34)


def test_a_single_file_is_a_target_too(tmp_path: Path) -> None:
    """By path or file:// URL; the table's location is the file."""
    write_text(tmp_path / "my orders.csv", "a,b\n1,2\n")
    table = found(f"file://{tmp_path}/my%20orders.csv")["my_orders_csv"]
    assert table.location == f"file://{tmp_path}/my orders.csv"


@pytest.mark.parametrize("pattern", ["b/**", "*/skip.*", "**.{bin,tmp}", "[a-b]/skip.bi?"])
def test_excluded_files_are_not_read(tmp_path: Path, pattern: str) -> None:
    """Glue's globs over the path below the target."""
    write_text(tmp_path / "a" / "good", "x,y\n1,2\n")
    write_text(tmp_path / "b" / "skip.bin", "\0")
    findings = crawled(tmp_path, exclusions=[pattern])
    assert (len(findings.tables), findings.failures) == (1, ())


def test_a_star_stays_in_its_folder(tmp_path: Path) -> None:
    """`*` matches no slash."""
    write_text(tmp_path / "a" / "good", "x,y\n1,2\n")
    assert len(crawled(tmp_path, exclusions=["*", "?/", "a*"]).tables) == 1


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    """A damaged file and a foreign one are named with the reason; the others make their table."""
    write_parquet(tmp_path / "t" / "good", x=[1])
    (tmp_path / "t" / "damaged").write_bytes(b"PAR1 and no more")
    write_text(tmp_path / "t" / "foreign", "\0\1")
    write_text(tmp_path / "t" / "_SUCCESS", "hidden")
    findings = crawled(tmp_path / "t")
    assert [table.name for table in findings.tables] == ["t"]
    assert [Path(failure.path).name for failure in findings.failures] == ["damaged", "foreign"]
    assert (findings.files, findings.error) == (3, None)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/absent/for/sure", "/absent/for/sure does not exist"),
        ("hdfs://a/b", "hdfs:// cannot be crawled"),
        ("file://elsewhere/a", "names the host 'elsewhere'"),
        ("", "without Path"),
    ],
)
def test_a_target_that_cannot_be_crawled_fails_the_crawl(target: str, reason: str) -> None:
    """With the reason, and no tables."""
    findings = crawled(target)
    assert reason in str(findings.error)
    assert findings.tables == ()


def test_other_targets_are_refused() -> None:
    """A database as a target is named with the way out."""
    assert "Targets.JdbcTargets" in str(crawled(Targets={"JdbcTargets": [{"ConnectionName": "c"}]}).error)


def test_text_of_one_column_is_no_table(tmp_path: Path) -> None:
    """Nor is text in another encoding; both are named with the reason."""
    write_text(tmp_path / "README.md", "# Hello\n\nThis is, well, text.\n")
    (tmp_path / "latin.csv").write_bytes("Name;Ort\nJörg;Köln\n".encode("latin-1"))
    findings = crawled(tmp_path)
    assert findings.tables == ()
    assert ["one column" in findings.failures[0].reason, "UTF-8" in findings.failures[1].reason] == [True, True]


def test_a_json_document_may_be_longer_than_a_sample(tmp_path: Path) -> None:
    """A list of more than a megabyte is read whole."""
    rows = ",\n".join(f'{{"n":{number},"text":"{"x" * 100}"}}' for number in range(12_000))
    write_text(tmp_path / "t" / "f.json", f"[{rows}]")
    assert columns(found(tmp_path / "t")["t"]) == {"n": "bigint", "text": "string"}
