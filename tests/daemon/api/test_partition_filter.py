"""The Expression of GetPartitions: which partitions it chooses, and what it says of what it cannot read."""

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api.partition_filter import partition_filter
from daemon.api.partition_types import NULL
from daemon.errors import InvalidInput

KEYS = [{"Name": "Kind", "Type": "string"}, {"Name": "n", "Type": "int"}, {"Name": "day", "Type": "date"}]
ROWS = [("a", "1", "2024-01-31"), ("b", "10", "2024-02-01"), ("a_c", "9", NULL), (NULL, "x", "2023-12-31")]


def chosen(expression: str, hive_type: str = "") -> list[str]:
    """The texts of `n`, which tell the rows apart; `hive_type` replaces its type."""
    keys = [{**key, "Type": hive_type} if hive_type and key["Name"] == "n" else key for key in KEYS]
    test = partition_filter(expression, keys)
    return [row[1] for row in ROWS if test(row)]


def refusal(expression: str, keys: list[dict[str, Any]] = KEYS) -> str:
    """What is said of an expression that is not understood."""
    with pytest.raises(InvalidInput) as caught:
        partition_filter(expression, keys)
    return str(caught.value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (" ", ["1", "10", "9", "x"]),
        ("kind = 'a'", ["1"]),
        ("'a' = KIND", ["1"]),
        ("`kind` <> 'a' and \"n\" > 9", ["10"]),
        ("kind = 'a' or kind = 'b' and n > 99", ["1"]),
        ("(kind = 'a' or kind = 'b') and n >= 10", ["10"]),
        ("not (kind = 'a' or n = 10)", ["9"]),
        ("not not n = 1", ["1"]),
        ("5 < n", ["10", "9"]),
        ("n in (1, '9')", ["1", "9"]),
        ("n not in (1)", ["10", "9"]),
        ("n between 2 and 10", ["10", "9"]),
        ("n NOT BETWEEN 2 AND 10", ["1"]),
        ("kind like 'a%'", ["1", "9"]),
        (r"kind like 'a\_%'", ["9"]),
        ("kind like '_'", ["1", "10"]),
        ("kind not like 'a%'", ["10"]),
        ("kind like '%a%c'", ["9"]),
        ("kind is null", ["x"]),
        ("day is not null", ["1", "10", "x"]),
        ("day >= '2024-02-01'", ["10"]),
        ("day = date '2024-01-31'", ["1"]),
        ("day < timestamp '2024-01-31 12:00:00'", ["x"]),
        ("n = 9.0", ["9"]),
    ],
)
def test_expressions_choose_partitions(expression: str, expected: list[str]) -> None:
    """Glue's grammar; words in any case, AND before OR, and what is unknown is not chosen, negated or not."""
    assert chosen(expression) == expected


@pytest.mark.parametrize("hive_type", ["tinyint", "smallint", "int", "bigint", "long", "decimal(10,2)", "double"])
def test_numbers_compare_as_numbers(hive_type: str) -> None:
    """Also when the value is written as text."""
    assert chosen("n > '9'", hive_type) == ["10"]


def test_texts_compare_as_texts_but_with_bare_numbers() -> None:
    """Crawlers make every key a string, so `n > 9` must mean the number there too."""
    assert chosen("n > '9'", "string") == ["x"]
    assert chosen("n > 9", "varchar(10)") == ["10"]


@pytest.mark.parametrize("moment", ["2024-01-31 12:00:00.5", "2024-01-31T12:00:00.500", "2024-01-31T13:00:00.5+01:00"])
def test_timestamps_compare_as_moments(moment: str) -> None:
    """However they are written; without a zone they are UTC."""
    test = partition_filter(f"at = '{moment}'", [{"Name": "at", "Type": "timestamp"}])
    assert test(("2024-01-31 12:00:00.500",))
    assert not test(("2024-01-31 12:00:00",))


@pytest.mark.parametrize(
    ("expression", "where", "expected"),
    [
        ("n", "its end", "a comparison"),
        ("other = 1", "character 1, 'other = 1'", "one of the partition keys (kind, n, day)"),
        ("n = 1 kind = 'a'", "character 7, 'kind", "AND, OR or the end"),
        ("n = 1 or", "its end", "one of the partition keys"),
        ("kind = 'a", "character 8", "closing quote"),
        ("(n = 1", "its end", ")"),
        ("n in ()", "character 7, ')'", "a 'text' or a number"),
        ("n between 1", "its end", "AND"),
        ("n = 'many'", "character 5, ''many'", "a value for n, whose type is int"),
        ("day > 5", "character 7", "a value for day, whose type is date"),
        ("n not = 1", "character 7", "IN, BETWEEN or LIKE"),
        ("kind like 5", "character 11", "a 'text' after LIKE"),
        ("n = 1; drop", "character 6", "a key or a value"),
        ("(" * 60 + "n = 1" + ")" * 60, "character 52", "no more than 50 parentheses"),
    ],
)
def test_a_mistake_is_named_with_its_place(expression: str, where: str, expected: str) -> None:
    """Where it is, and what could have stood there."""
    said = refusal(expression)
    assert f"not understood at {where}" in said
    assert expected in said


def test_keys_that_cannot_be_compared_are_named() -> None:
    """With their type, and the types there are."""
    assert "n is of type array<int>, known are string" in refusal("n = 1", [{"Name": "n", "Type": "array<int>"}])
    assert "this table has none" in refusal("n = 1", [])


def test_many_wildcards_take_no_time() -> None:
    """A LIKE that matches nowhere is done at once, however many texts could stand between its pieces."""
    test = partition_filter(f"kind like '{'%a' * 900}b'", KEYS)
    assert not test(("a" * 1000, "1", "2024-01-01"))


TEXTS = st.sampled_from(["a", "b", "ab", "a_b", "10", "9", "it''s"])
NUMBERS = st.integers(-3, 12).map(str)
SIGNS = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])
NOT = st.sampled_from(["", "NOT "])


def predicates(key: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Conditions on one key, with values written as its type has them."""
    return st.one_of(
        st.builds(f"{key} {{}} {{}}".format, SIGNS, values),
        st.builds(f"{key} {{}}IN ({{}}, {{}})".format, NOT, values, values),
        st.builds(f"{key} {{}}BETWEEN {{}} AND {{}}".format, NOT, values, values),
        st.builds(f"{key} IS {{}}NULL".format, NOT),
    )


LIKES = st.builds("kind {}LIKE '{}'".format, NOT, st.text("ab_%19", max_size=6))
CONDITIONS = st.recursive(
    predicates("kind", TEXTS.map("'{}'".format)) | predicates("n", NUMBERS) | LIKES,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=12,
)
PARTITIONS = st.tuples(st.none() | TEXTS.map(lambda text: text.replace("''", "'")), st.none() | st.integers(-3, 12))


@given(CONDITIONS, st.lists(PARTITIONS, max_size=8))
def test_expressions_mean_what_they_do_in_sql(expression: str, partitions: list[tuple[str | None, int | None]]) -> None:
    """A database chooses the same rows by the same condition."""
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA case_sensitive_like = ON")
    database.execute("CREATE TABLE t (kind TEXT, n INTEGER)")
    database.executemany("INSERT INTO t VALUES (?, ?)", partitions)
    rows = {place for (place,) in database.execute(f"SELECT rowid - 1 FROM t WHERE {expression}")}
    database.close()
    test = partition_filter(expression, KEYS[:2])
    written = [tuple(NULL if value is None else str(value) for value in row) for row in partitions]
    assert {place for place, values in enumerate(written) if test(values)} == rows
