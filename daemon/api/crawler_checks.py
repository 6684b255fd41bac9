"""What must hold within one crawler's definition: pure, with AWS Glue's texts where they are known.

The service model has been checked before: types, lengths, enumerations.
"""

from typing import Any

import orjson

from daemon.api.trigger_checks import check_schedule
from daemon.errors import InvalidInput


def check_crawler(definition: dict[str, Any]) -> None:
    """Raises InvalidInput for the first thing that is wrong in a crawler's definition, or in a change of one."""
    if "Role" in definition and not definition["Role"]:
        raise InvalidInput("Role cannot be null or empty")
    if definition.get("Schedule"):
        check_schedule(definition["Schedule"])
    configuration = definition.get("Configuration")
    if configuration:
        _check_configuration(configuration)


def _check_configuration(configuration: str) -> None:
    try:
        document = orjson.loads(configuration)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"Configuration is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInput('Configuration must be a JSON object, such as {"Version": 1.0}')
