"""Crawls of s3:// targets, against a real server that speaks S3."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.corridor.conftest import Starting
from tests.corridor.crawling import crawled, define_crawler
from tests.corridor.object_store import CREDENTIALS, NO_OTHERS, ObjectStore, object_store

UNREACHABLE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    """A bucket with a partitioned Parquet table, a CSV table, and a file that is neither."""
    body = io.BytesIO()
    parquet.write_table(pa.table({"Id": [1], "price": [1.5]}), body)
    with object_store() as store:
        store.put(
            "lake",
            **{
                "raw/orders/year=2023/a b.parquet": body.getvalue(),
                "raw/orders/year=2024/Bücher.parquet": body.getvalue(),
                "raw/customers/c.csv": b"name,age\nann,30\n",
                "raw/junk/x.bin": b"\0\1\2",
                "raw/folder/": b"",
            },
        )
        yield store


def last_crawl(starting: Starting, target: str, environment: dict[str, str], **members: Any) -> tuple[Any, str, str]:
    """Client, state and message of a crawl by a daemon in this environment."""
    glue = starting(environment={**CREDENTIALS, **NO_OTHERS, **environment}).glue
    define_crawler(glue, "c", target, **members)
    crawl = crawled(glue, "c")["LastCrawl"]
    return glue, crawl["Status"], crawl.get("ErrorMessage", "")


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
def test_a_bucket_becomes_tables(starting: Starting, store: ObjectStore, variable: str) -> None:
    """Parquet with its partitions and CSV; what cannot be read is named; locations are s3://."""
    glue, state, message = last_crawl(starting, "s3://lake/raw/", {variable: store.url})
    assert (state, "1 of 4 files could not be read, such as s3://lake/raw/junk/x.bin" in message) == ("SUCCEEDED", True)
    tables = {table["Name"]: table for table in glue.get_tables(DatabaseName="sales")["TableList"]}
    assert {name: table["StorageDescriptor"]["Location"] for name, table in tables.items()} == {
        "customers": "s3://lake/raw/customers/",
        "orders": "s3://lake/raw/orders/",
    }
    partitions = glue.get_partitions(DatabaseName="sales", TableName="orders", Expression="year = 2024")["Partitions"]
    assert [p["StorageDescriptor"]["Location"] for p in partitions] == ["s3://lake/raw/orders/year=2024/"]


def test_excluded_objects_are_not_read(starting: Starting, store: ObjectStore) -> None:
    """By Glue's patterns below the target; s3a:// is S3 as well."""
    targets = {"S3Targets": [{"Path": "s3a://lake/raw", "Exclusions": ["junk/**", "orders/**"]}]}
    glue, state, message = last_crawl(starting, "", {"AWS_ENDPOINT_URL_S3": store.url}, Targets=targets)
    assert (state, message) == ("SUCCEEDED", "")
    assert [table["StorageDescriptor"]["Location"] for table in glue.get_tables(DatabaseName="sales")["TableList"]] == [
        "s3a://lake/raw/"
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("s3://absent/raw/", "s3://absent/raw/ does not exist: there is no bucket absent at http://127.0.0.1:"),
        ("s3://lake/absent/", "s3://lake/absent/ does not exist. Create it"),
        ("s3:///", "s3:/// names no bucket"),
    ],
)
def test_a_missing_target_is_named(starting: Starting, store: ObjectStore, target: str, said: str) -> None:
    """Whether it is the bucket or the folder in it."""
    _, state, message = last_crawl(starting, target, {"AWS_ENDPOINT_URL_S3": store.url})
    assert (state, said in message) == ("FAILED", True), message


def test_denied_access_is_said(starting: Starting, store: ObjectStore) -> None:
    """With where credentials come from."""
    with store.denying():
        _, state, message = last_crawl(starting, "s3://lake/raw/", {"AWS_ENDPOINT_URL_S3": store.url})
    assert (state, "Access is denied at http://127.0.0.1:" in message) == ("FAILED", True), message
    assert "AWS_ACCESS_KEY_ID" in message


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        (UNREACHABLE, f"Nothing answers at {UNREACHABLE}: correct AWS_ENDPOINT_URL_S3"),
        ("127.0.0.1:9000", "AWS_ENDPOINT_URL_S3 is '127.0.0.1:9000': set it to a URL"),
    ],
)
def test_an_endpoint_that_is_none_is_named(starting: Starting, endpoint: str, said: str) -> None:
    """One where nothing listens, and one that is no URL."""
    _, state, message = last_crawl(starting, "s3://lake/raw/", {"AWS_ENDPOINT_URL_S3": endpoint})
    assert (state, said in message) == ("FAILED", True), message


def test_credentials_of_a_profile_are_used(starting: Starting, store: ObjectStore, tmp_path: Path) -> None:
    """The daemon gives its crawls none of its own in their place."""
    key, secret = store.reader()
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[lake]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    profile = {"AWS_PROFILE": "lake", "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    glue = starting(environment={**NO_OTHERS, **profile, "AWS_ENDPOINT_URL_S3": store.url}).glue
    define_crawler(glue, "c", "s3://lake/raw/customers/")
    with store.denying():
        crawl = crawled(glue, "c")["LastCrawl"]
    assert crawl["Status"] == "SUCCEEDED", crawl
