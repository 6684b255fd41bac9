"""Names of resources as Amazon writes them (ARNs), for tagging: `arn:aws:glue:REGION:ACCOUNT:workflow/NAME`.

Region and account are passed over: clients are configured with any, and Terraform leaves the account empty when it
was told not to ask for one.
"""

from typing import NamedTuple

from daemon.errors import EntityNotFound, InvalidInput
from projections.designs import Kind

TAGGED: tuple[Kind, ...] = ("workflow", "trigger", "job", "crawler", "database")
_LISTED = ", ".join(f"{kind}s" for kind in TAGGED)
_FORM = "arn:aws:glue:REGION:ACCOUNT:KIND/NAME"
_OF_GLUE_BUT_NOT_HERE = ("blueprint",)


class Resource(NamedTuple):
    """What an ARN names."""

    kind: Kind
    name: str


def parse(arn: str) -> Resource:
    """The resource that an ARN names, whether or not it is defined. Raises InvalidInput or EntityNotFound."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "glue":
        raise InvalidInput(f"The ResourceArn '{arn}' is not of the form {_FORM}.")
    kind, _, name = parts[5].partition("/")
    if not name:
        raise InvalidInput(f"The ResourceArn '{arn}' names no resource: its form is {_FORM}.")
    for known in TAGGED:
        if kind == known:
            return Resource(known, name.lower() if known == "database" else name)
    if kind in _OF_GLUE_BUT_NOT_HERE:
        raise EntityNotFound(f"There is no {kind} {name}: this daemon tags {_LISTED}.")
    raise InvalidInput(f"The ResourceArn '{arn}' names a {kind or 'nothing'}: known are {_LISTED}.")
