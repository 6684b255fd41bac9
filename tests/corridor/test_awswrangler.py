"""AWS SDK for pandas (awswrangler) with its catalog functions, unchanged, against a daemon."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.corridor.daemons import Daemon

awswrangler = pytest.importorskip(
    "awswrangler", reason="awswrangler is not installed: pip install -e '.[test]' brings it", exc_type=ImportError
)
catalog = awswrangler.catalog
COLUMNS = {"id": "bigint", "price": "double"}
KEYS = {"year": "string", "month": "int"}


@pytest.fixture
def session(noop: Daemon) -> Iterator[Any]:
    """A session whose Glue is the daemon."""
    awswrangler.config.glue_endpoint_url = noop.url
    yield boto3.Session("any", "any", region_name="us-east-1")
    awswrangler.config.reset("glue_endpoint_url")


@pytest.fixture
def database(session: Any, name: str) -> str:
    """A database of the test's own."""
    catalog.create_database(name=name, description="made by awswrangler", boto3_session=session)
    return name


def test_databases(session: Any, database: str) -> None:
    """Made, listed and deleted."""
    assert database in [found["Name"] for found in catalog.get_databases(boto3_session=session)]
    assert database in list(catalog.databases(limit=1000, boto3_session=session)["Database"])
    catalog.delete_database(name=database, boto3_session=session)
    assert database not in [found["Name"] for found in catalog.get_databases(boto3_session=session)]


def test_a_parquet_table_and_its_partitions(session: Any, database: str) -> None:
    """Made, read, given partitions (the same ones again too), filtered, and rid of them."""
    named = {"database": database, "table": "orders", "boto3_session": session}
    catalog.create_parquet_table(
        path="s3://bucket/orders/", columns_types=COLUMNS, partitions_types=KEYS, parameters={"owner": "me"}, **named
    )
    assert catalog.does_table_exist(**named)
    assert catalog.get_table_types(**named) == {**COLUMNS, **KEYS}
    assert catalog.get_table_location(**named) == "s3://bucket/orders/"
    first = {f"s3://bucket/orders/year=2024/month={month}/": ["2024", str(month)] for month in (1, 2)}
    more = first | {"s3://bucket/orders/year=2024/month=10/": ["2024", "10"]}
    for values in (first, more):
        catalog.add_parquet_partitions(partitions_values=values, compression="snappy", **named)
    assert catalog.get_parquet_partitions(**named) == more
    late = catalog.get_partitions(expression="month > 1 AND year IN ('2024')", **named)
    assert sorted(values[1] for values in late.values()) == ["10", "2"]
    catalog.delete_partitions(partitions_values=[["2024", "1"]], **named)
    assert len(catalog.get_parquet_partitions(**named)) == 2
    catalog.delete_all_partitions(**named)
    assert catalog.get_parquet_partitions(**named) == {}


def test_tables_are_changed_and_found(session: Any, database: str) -> None:
    """Columns, comments, descriptions and parameters; listed by name, found by text, deleted."""
    named = {"database": database, "table": "events", "boto3_session": session}
    catalog.create_json_table(path="s3://bucket/events/", columns_types=COLUMNS, **named)
    catalog.create_csv_table(
        database=database, table="lines", path="s3://bucket/l/", columns_types=COLUMNS, boto3_session=session
    )
    catalog.add_column(column_name="note", column_type="string", column_comment="free", **named)
    catalog.delete_column(column_name="price", **named)
    assert catalog.get_table_types(**named) == {"id": "bigint", "note": "string"}
    assert catalog.get_columns_comments(**named)["note"] == "free"
    catalog.upsert_table_parameters(parameters={"origin": f"from-{database}"}, **named)
    assert catalog.get_table_parameters(**named)["origin"] == f"from-{database}"
    assert catalog.get_table_number_of_versions(**named) == 4
    found = catalog.search_tables(text=f"from-{database}", boto3_session=session)
    assert [table["Name"] for table in found] == ["events"]
    assert sorted(catalog.tables(database=database, boto3_session=session)["Table"]) == ["events", "lines"]
    starting = catalog.get_tables(database=database, name_prefix="li", boto3_session=session)
    assert [table["Name"] for table in starting] == ["lines"]
    assert catalog.delete_table_if_exists(**named)
    assert not catalog.does_table_exist(**named)
