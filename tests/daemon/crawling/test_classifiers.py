"""A crawler's own classifiers, on real files."""

import json
from pathlib import Path
from typing import Any

import pytest

from daemon.crawling.findings import FoundTable
from tests.daemon.crawling.lake import columns, crawled, found, write_text


def classified(tmp_path: Path, text: str, *classifiers: dict[str, Any]) -> FoundTable:
    """The table that a file becomes."""
    write_text(tmp_path / "t" / "f", text)
    return found(tmp_path / "t", classifiers=classifiers)["t"]


def csv(**members: Any) -> dict[str, Any]:
    """A CSV classifier."""
    return {"Name": "K", "CsvClassifier": members}


def jsonpath(path: str) -> dict[str, Any]:
    """A JSON classifier."""
    return {"Name": "K", "JsonClassifier": {"JsonPath": path}}


@pytest.mark.parametrize(
    ("text", "members", "expected"),
    [
        ("1^a\n2^b\n", {"Delimiter": "^"}, {"col0": "bigint", "col1": "string"}),
        ("x^y\n2^b\n", {"Delimiter": "^"}, {"x": "bigint", "y": "string"}),
        ("x,y\n2,b\n", {"ContainsHeader": "ABSENT"}, {"col0": "string", "col1": "string"}),
        ("1,2\n2,3\n", {"ContainsHeader": "PRESENT"}, {"1": "bigint", "2": "bigint"}),
        ("1,a\n", {"Header": ["Id", "Name"]}, {"id": "bigint", "name": "string"}),
        ("ID,name\n1,a\n", {"Header": ["id", "name"]}, {"id": "bigint", "name": "string"}),
        ("a,b\n1,a\n", {"Header": ["p", "q"], "ContainsHeader": "PRESENT"}, {"p": "bigint", "q": "string"}),
        ("only\n1\n", {"AllowSingleColumn": True}, {"only": "bigint"}),
        ("a,b\n 1 ,'x,y'\n", {"QuoteSymbol": "'"}, {"a": "bigint", "b": "string"}),
        ("a,b\n 1 ,2\n", {"DisableValueTrimming": True}, {"a": "string", "b": "bigint"}),
        (
            "a,b\n1,2\n",
            {"CustomDatatypeConfigured": True, "CustomDatatypes": ["LONG", "STRING"]},
            {"a": "bigint", "b": "string"},
        ),
    ],
)
def test_csv_classifiers(tmp_path: Path, text: str, members: dict[str, Any], expected: dict[str, str]) -> None:
    """Delimiter, quotes, header, names, one column, trimming and types, each as the classifier has it."""
    assert columns(classified(tmp_path, text, csv(**members))) == expected


def test_quotes_choose_the_class_that_reads_them(tmp_path: Path) -> None:
    """OpenCSVSerDe with the classifier's signs, unless the classifier names another."""
    quoted = csv(QuoteSymbol="'", Delimiter=";")
    serde = classified(tmp_path, "a;b\n1;2\n", quoted).definition["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"].endswith("OpenCSVSerde")
    assert (serde["Parameters"]["separatorChar"], serde["Parameters"]["quoteChar"]) == (";", "'")
    lazy = csv(QuoteSymbol="'", Delimiter=";", Serde="LazySimpleSerDe")
    serde = classified(tmp_path, "a;b\n1;2\n", lazy).definition["StorageDescriptor"]["SerdeInfo"]
    assert serde["Parameters"] == {"field.delim": ";"}


DOCUMENT = {"meta": {"n": 1}, "records": [{"id": 1, "inner": {"x": 1.5}}, {"id": 2, "late": "y"}], "a b": [{"z": True}]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.records[*]", {"id": "bigint", "inner": "struct<x:double>", "late": "string"}),
        ("$.records", {"id": "bigint", "inner": "struct<x:double>", "late": "string"}),
        ("$.records[*].inner", {"x": "double"}),
        ("$['a b'][0]", {"z": "boolean"}),
        ("meta", {"n": "bigint"}),
    ],
)
def test_json_classifiers(tmp_path: Path, path: str, expected: dict[str, str]) -> None:
    """What a path leads to makes the columns, over all of its objects; in a document over lines and in one a line."""
    for number, text in enumerate((json.dumps(DOCUMENT, indent=1), f"{json.dumps(DOCUMENT)}\n" * 2)):
        assert columns(classified(tmp_path / str(number), text, jsonpath(path))) == expected


def test_the_first_that_fits_is_taken(tmp_path: Path) -> None:
    """In the crawler's order; if none does, the built-in ones are asked."""
    first, second = csv(Delimiter="^"), csv(Delimiter="|", ContainsHeader="ABSENT")
    assert columns(classified(tmp_path / "1", "a|b\n1|2\n", first, second)) == {"col0": "string", "col1": "string"}
    assert columns(classified(tmp_path / "2", "a;b\n1;2\n", first, second)) == {"a": "bigint", "b": "bigint"}
    assert columns(classified(tmp_path / "3", '{"records":1}', jsonpath("$.absent"))) == {"records": "bigint"}


@pytest.mark.parametrize(
    ("classifier", "said"),
    [
        ({"Name": "K", "GrokClassifier": {"Classification": "x", "GrokPattern": "%{X}"}}, "K is a GrokClassifier"),
        ({"Name": "K", "XMLClassifier": {"Classification": "x", "RowTag": "r"}}, "K is a XMLClassifier"),
        ({"Name": "K"}, "K does not exist"),
    ],
)
def test_what_no_crawl_goes_by_fails_it(tmp_path: Path, classifier: dict[str, Any], said: str) -> None:
    """With the classifier's name, and no tables."""
    write_text(tmp_path / "t" / "f", "a,b\n1,2\n")
    findings = crawled(tmp_path, classifiers=(classifier,))
    assert said in str(findings.error)
    assert findings.tables == ()
