"""Columns by the names that Glue and Hive have for types, and how the columns of several files become one list."""

import pyarrow as pa
from pyarrow import types

Columns = dict[str, str]
"""Type by column name, in the order of the columns."""

_SIMPLE: dict[int, str] = {
    pa.bool_().id: "boolean",
    pa.int8().id: "tinyint",
    pa.uint8().id: "smallint",
    pa.int16().id: "smallint",
    pa.uint16().id: "int",
    pa.int32().id: "int",
    pa.uint32().id: "bigint",
    pa.int64().id: "bigint",
    pa.uint64().id: "decimal(20,0)",
    pa.float16().id: "float",
    pa.float32().id: "float",
    pa.float64().id: "double",
    pa.date32().id: "date",
    pa.date64().id: "date",
    pa.binary().id: "binary",
    pa.large_binary().id: "binary",
}
_WIDER = ("tinyint", "smallint", "int", "bigint", "float", "double")


def columns_of(schema: pa.Schema) -> Columns:
    """The columns of a file's schema; names are lower case in the catalog. Of namesakes the first is taken."""
    found: Columns = {}
    for field in schema:
        found.setdefault(field.name.lower(), hive_type(field.type))
    return found


def hive_type(kind: pa.DataType) -> str:
    """The name of a type: Arrow's own types that Hive has no word for (times of day, nulls) are strings."""
    if types.is_dictionary(kind):
        return hive_type(kind.value_type)
    if types.is_timestamp(kind):
        return "timestamp"
    if types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if types.is_struct(kind):
        fields = (kind.field(place) for place in range(kind.num_fields))
        return f"struct<{','.join(f'{field.name.lower()}:{hive_type(field.type)}' for field in fields)}>"
    if types.is_map(kind):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.item_type)}>"
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return f"array<{hive_type(kind.value_type)}>"
    return "binary" if types.is_fixed_size_binary(kind) else _SIMPLE.get(kind.id, "string")


def merged(first: Columns, second: Columns) -> Columns:
    """The columns of both; one that differs takes the type that holds both, in the end a string."""
    result = dict(first)
    for name, kind in second.items():
        result[name] = _wider(result[name], kind) if name in result else kind
    return result


def _wider(one: str, other: str) -> str:
    if one == other:
        return one
    if one in _WIDER and other in _WIDER:
        wider = max(one, other, key=_WIDER.index)
        return "double" if wider == "float" and "bigint" in (one, other) else wider
    return "string"


def are_alike(first: Columns, second: Columns) -> bool:
    """Whether two schemas are one table's: most of the smaller one's columns are in the other too."""
    smaller, larger = sorted((first, second), key=len)
    shared = sum(name in larger for name in smaller)
    return shared * 10 >= len(smaller) * 7 and (shared > 0 or not smaller)


def are_compatible(first: Columns, second: Columns) -> bool:
    """Whether one table can hold both: what columns they share have types that one type holds without being text."""
    shared = ((first[name], second[name]) for name in second if name in first)
    return all("string" in pair or _wider(*pair) != "string" for pair in shared)
