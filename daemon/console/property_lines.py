"""Properties as people write them in a form: one a line, `key=value`."""

from collections.abc import Mapping

from daemon.errors import InvalidInput

ARGUMENTS = "arguments"


def lines_of(properties: Mapping[str, str]) -> str:
    """One line for each property, in the order given."""
    return "\n".join(f"{key}={value}" for key, value in properties.items())


def properties_of(text: str, what: str = "properties") -> dict[str, str]:
    """The properties, or arguments, that lines say; empty lines are passed over. Raises InvalidInput for a line without
    `=`, without a key, or with a key that an earlier line has; `what` names them in its words."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        key, sign, value = line.partition("=")
        key = key.strip()
        if not sign or not key:
            example = "--key=value" if what == ARGUMENTS else "key=value"
            raise InvalidInput(f"Line {number} of the {what} is {line[:100]!r}: write {example}.")
        if key in found:
            raise InvalidInput(f"Line {number} of the {what} gives {key!r} a second value.")
        found[key] = value.strip()
    return found
