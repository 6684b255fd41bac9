"""How the values of partition keys compare: by the type of the key, as GetPartitions' Expression has them.

Values of partitions are texts, whatever their key's type. Hive writes a null as `__HIVE_DEFAULT_PARTITION__`.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

NULL = "__HIVE_DEFAULT_PARTITION__"
_INTEGERS = ("tinyint", "smallint", "int", "integer", "bigint", "long")
_NUMBERS = (*_INTEGERS, "decimal", "numeric", "float", "double", "real")
_TEXTS = ("string", "char", "varchar")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*")


class Literal(NamedTuple):
    """A value written in an expression; `kind` is text, number, date, timestamp or boolean."""

    kind: str
    text: str


class Key(NamedTuple):
    """A partition key: its name and type as defined, its place among the values, and how a text becomes a value of
    its type (None: there is no way)."""

    name: str
    type: str
    place: int
    convert: Callable[[str], Any] | None

    def text_in(self, values: tuple[str, ...]) -> str | None:
        """The text of a partition's value; None for a null."""
        text = values[self.place] if self.place < len(values) else NULL
        return None if text == NULL else text

    def compared_with(self, *literals: Literal) -> "Key":
        """The key as it compares with these: a text key compares with bare numbers as a number, because crawlers make
        every key a string."""
        is_text = self.convert is _text
        return self._replace(convert=_number) if is_text and all(item.kind == "number" for item in literals) else self

    def value_in(self, values: tuple[str, ...]) -> Any:
        """A partition's value; None for a null and for what is no value of the type."""
        text = self.text_in(values)
        return None if text is None else self.value_of(text)

    def value_of(self, text: str) -> Any:
        """A text as a value of the key's type; None if it is none."""
        if self.convert is None:
            return None
        try:
            return self.convert(text)
        except (ValueError, InvalidOperation, OverflowError):
            return None


def key_of(name: str, hive_type: str, place: int) -> Key:
    """A partition key by its definition."""
    plain = hive_type.lower().partition("(")[0].strip()
    return Key(name, hive_type, place, _CONVERSIONS.get(plain))


def _text(text: str) -> str:
    return text


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text.strip())


def _date(text: str) -> date:
    return _moment(text).date()


def _moment(text: str) -> datetime:
    """As Hive writes moments (`2024-01-31 12:00:00.5`), as ISO 8601 does, or a day alone; without a zone it is UTC."""
    found = datetime.fromisoformat(text.strip())
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _boolean(text: str) -> bool:
    plain = text.strip().lower()
    if plain not in ("true", "false"):
        raise ValueError(text)
    return plain == "true"


_CONVERSIONS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_NUMBERS, _number),
    "date": _date,
    "timestamp": _moment,
    "boolean": _boolean,
}
TYPES = tuple(_CONVERSIONS)
"""The types of keys that can be compared, without their parameters."""
