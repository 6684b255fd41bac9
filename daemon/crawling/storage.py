"""Tables as Glue's TableInput has them: columns, location, and the Hive classes that read each format."""

from typing import Any

from daemon.crawling.formats import Kind, Read
from daemon.crawling.grouping import Group

_HIVE = "org.apache.hadoop.hive.ql.io"
_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", f"{_HIVE}.HiveIgnoreKeyTextOutputFormat")
_CLASSES = {
    "parquet": (
        f"{_HIVE}.parquet.MapredParquetInputFormat",
        f"{_HIVE}.parquet.MapredParquetOutputFormat",
        f"{_HIVE}.parquet.serde.ParquetHiveSerDe",
    ),
    "orc": (f"{_HIVE}.orc.OrcInputFormat", f"{_HIVE}.orc.OrcOutputFormat", f"{_HIVE}.orc.OrcSerde"),
    "json": (*_TEXT, "org.openx.data.jsonserde.JsonSerDe"),
    "csv": (*_TEXT, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
}
_CSV_CLASSES = {
    "OpenCSVSerDe": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
    "LazySimpleSerDe": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
}
UPDATED_BY = "UPDATED_BY_CRAWLER"


def table_input(group: Group, location: str, crawler: str) -> dict[str, Any]:
    """The TableInput of a table, but for its name. Sizes and counts are left out: they would make every crawl a
    change."""
    kind = group.kind
    parameters = _parameters(kind, crawler)
    return {
        "Owner": "owner",
        "Retention": 0,
        "StorageDescriptor": _descriptor(group, location, parameters),
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in group.keys],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
    }


def _descriptor(group: Group, location: str, parameters: dict[str, str]) -> dict[str, Any]:
    kind = group.kind
    read_by, written_by, serde = _CLASSES[kind.format]
    serde = _CSV_CLASSES.get(_csv_serde(kind), serde)
    return {
        "Columns": [{"Name": name, "Type": hive_type} for name, hive_type in group.columns.items()],
        "Location": location,
        "InputFormat": read_by,
        "OutputFormat": written_by,
        "Compressed": kind.packed != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": _serde_parameters(group)},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": parameters,
        "StoredAsSubDirectories": False,
    }


def _serde_parameters(group: Group) -> dict[str, str]:
    kind = group.kind
    if _csv_serde(kind) == "OpenCSVSerDe":
        return {"separatorChar": kind.delimiter, "quoteChar": kind.quote or '"', "escapeChar": "\\"}
    if kind.format == "csv":
        return {"field.delim": kind.delimiter}
    if group.kind.format == "json":
        return {"paths": ",".join(sorted(group.columns))}
    return {"serialization.format": "1"}


def _csv_serde(kind: Kind) -> str:
    """Glue's name of the class that is to read CSV: OpenCSVSerDe where there are quotes, unless a classifier names
    another."""
    if kind.format != "csv":
        return ""
    return kind.serde if kind.serde in _CSV_CLASSES else "OpenCSVSerDe" if kind.quote else "LazySimpleSerDe"


def _parameters(kind: Kind, crawler: str) -> dict[str, str]:
    shared = {
        "classification": kind.format,
        "compressionType": kind.packed,
        "typeOfData": "file",
        UPDATED_BY: crawler,
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
    }
    if kind.format == "csv":
        shared |= {
            "delimiter": kind.delimiter,
            "columnsOrdered": "true",
            "areColumnsQuoted": str(bool(kind.quote)).lower(),
        }
        if kind.header:
            shared["skip.header.line.count"] = "1"
    return shared


def read_of(table: dict[str, Any]) -> Read | None:
    """What the files of a table were read as when it was made; None if that does not show."""
    storage, parameters = table.get("StorageDescriptor", {}), table.get("Parameters", {})
    kind = parameters.get("classification")
    if kind not in _CLASSES:
        return None
    header = parameters.get("skip.header.line.count") == "1"
    described = Kind(kind, parameters.get("compressionType", "none"), parameters.get("delimiter", ""), header)
    return Read(described, {column["Name"]: column.get("Type", "string") for column in storage.get("Columns", ())})
