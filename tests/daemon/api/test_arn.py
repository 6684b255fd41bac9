"""Names of resources as Amazon writes them."""

import pytest

from daemon.api.arn import Resource, parse
from daemon.errors import EntityNotFound, InvalidInput


@pytest.mark.parametrize(
    ("arn", "resource"),
    [
        ("arn:aws:glue:us-east-1:123456789012:workflow/w", Resource("workflow", "w")),
        ("arn:aws:glue:us-east-1::trigger/t", Resource("trigger", "t")),
        ("arn:aws-cn:glue:cn-north-1:1:job/with space", Resource("job", "with space")),
        ("arn:aws:glue:::job/a/b:c", Resource("job", "a/b:c")),
        ("arn:aws:glue:us-east-1::database/Lake", Resource("database", "lake")),
    ],
)
def test_region_and_account_are_passed_over(arn: str, resource: Resource) -> None:
    """Kind and name count; the name is everything after the first slash."""
    assert parse(arn) == resource


@pytest.mark.parametrize(
    "arn", ["arn:aws:glue", "arn:aws:s3:us-east-1:1:job/j", "arn:aws:glue:r:1:job", "arn:aws:glue:r:1:job/"]
)
def test_another_form_is_bad_input(arn: str) -> None:
    """What is no ARN of Glue, or names nothing, is refused with the form."""
    with pytest.raises(InvalidInput, match="KIND/NAME"):
        parse(arn)


def test_an_unknown_kind_is_bad_input() -> None:
    """A kind that is not tagged here is refused with those that are."""
    with pytest.raises(InvalidInput, match="workflows, triggers, jobs"):
        parse("arn:aws:glue:r:1:connection/c")


def test_a_blueprint_is_not_found() -> None:
    """Kinds that Glue has and this daemon has not are known to be absent."""
    with pytest.raises(EntityNotFound, match="no blueprint c"):
        parse("arn:aws:glue:r:1:blueprint/c")
