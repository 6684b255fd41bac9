"""What a classifier's definition says, read alike by who checks it and by the crawl that goes by it."""

import re
from typing import Any

KINDS = ("CsvClassifier", "JsonClassifier", "GrokClassifier", "XMLClassifier")
"""Glue's kinds of classifiers, by the member that holds one."""

CARRIED_OUT = KINDS[:2]
"""The kinds that crawls go by here."""

EVERY = "*"
"""The step of a path that stands for every element of a list."""

_STEP = re.compile(r"\.?\[\*\]|\.\*|\[(\d+)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]|\.?([^.\[\]*$'\"]+)")


def kind_of(definition: dict[str, Any]) -> str:
    """The member that holds the classifier."""
    return next(kind for kind in KINDS if kind in definition)


def json_steps(path: str) -> list[str | int] | None:
    """The steps of a JsonPath (`$.records[*]`, `$['a'].b[0]`): names, places, and EVERY; None for any other text."""
    place = 1 if path.startswith("$") else 0
    steps: list[str | int] = []
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            return None
        number, single, double, plain = match.groups()
        name = next((text for text in (single, double, plain) if text is not None), EVERY)
        steps.append(int(number) if number is not None else name)
        place = match.end()
    return steps
