"""docs/events.md says of every stored event what is true."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from events.catalogue import CATALOGUE, decode
from events.design import Event

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


class Section(NamedTuple):
    """What the page says of one event."""

    name: str
    fields: list[str]
    example: str


def sections() -> list[Section]:
    """Every section of the page, in its order."""
    _, *parts = re.split(r"^### `(.+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [
        Section(name, re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE), text.split("```json\n")[1].split("```")[0])
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]


SECTIONS = sections()


def test_page_has_the_events_that_there_are() -> None:
    """Each stored name has one section, and no other name has."""
    assert sorted(section.name for section in SECTIONS) == sorted(CATALOGUE)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_fields_are_those_of_the_class(section: Section) -> None:
    """All fields but the two that every event has, in the order of the class."""
    names = CATALOGUE[section.name].__struct_fields__
    assert section.fields == [name for name in names if name not in Event.__struct_fields__]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_example_can_be_read(section: Section) -> None:
    """The example is a body of that event."""
    assert type(decode(section.name, section.example.encode())) is CATALOGUE[section.name]
