"""What must hold within one crawler's or classifier's definition: pure, with AWS Glue's texts where they are known.

The service model has been checked before: types, lengths, enumerations.
"""

from typing import Any

import orjson

from daemon.api.trigger_checks import check_schedule
from daemon.errors import InvalidInput
from projections.classifier_terms import KINDS, json_steps


def check_crawler(definition: dict[str, Any]) -> None:
    """Raises InvalidInput for the first thing that is wrong in a crawler's definition, or in a change of one."""
    if "Role" in definition and not definition["Role"]:
        raise InvalidInput("Role cannot be null or empty")
    if definition.get("Schedule"):
        check_schedule(definition["Schedule"])
    configuration = definition.get("Configuration")
    if configuration:
        _check_configuration(configuration)


def check_classifier(members: dict[str, Any]) -> str:
    """The kind of the one classifier that a request holds. Raises InvalidInput for what is wrong with it."""
    kinds = [kind for kind in KINDS if kind in members]
    if len(kinds) != 1:
        raise InvalidInput(f"Give one of {', '.join(KINDS)}; given are {len(kinds)}.")
    definition = members[kinds[0]]
    path = definition.get("JsonPath")
    if path is not None and not json_steps(path):
        raise InvalidInput(f"JsonPath '{path[:100]}' is not understood. Known are $, .name, ['name'], [0] and [*].")
    quote = definition.get("QuoteSymbol")
    if quote is not None and quote == definition.get("Delimiter", ","):
        raise InvalidInput("QuoteSymbol must be another character than Delimiter.")
    return kinds[0]


def _check_configuration(configuration: str) -> None:
    try:
        document = orjson.loads(configuration)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"Configuration is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInput('Configuration must be a JSON object, such as {"Version": 1.0}')
