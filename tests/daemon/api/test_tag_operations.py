"""Tags of workflows, triggers and jobs."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import define_job, refused


@pytest.fixture(params=["workflow", "trigger", "job"])
def arn(request: pytest.FixtureRequest, glue: Any) -> str:
    """A new resource of each kind with one tag from its creation, named as Terraform names it without an account."""
    kind = request.param
    name = f"{kind}-{request.function.__name__}"
    tags = {"from": "creation"}
    if kind == "workflow":
        glue.create_workflow(Name=name, Tags=tags)
    elif kind == "trigger":
        glue.create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": "j"}], Tags=tags)
    else:
        define_job(glue, name, Tags=tags)
    return f"arn:aws:glue:us-east-1::{kind}/{name}"


def test_tags_are_added_changed_and_taken_off(glue: Any, arn: str) -> None:
    """Tags given at creation are there; keys that are absent are passed over."""
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"from": "creation"}
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"from": "later", "new": ""})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"from": "later", "new": ""}
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["from", "absent"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"new": ""}


@pytest.mark.parametrize(
    ("operation", "members"),
    [("get_tags", {}), ("tag_resource", {"TagsToAdd": {"a": "b"}}), ("untag_resource", {"TagsToRemove": ["a"]})],
)
def test_only_what_there_is_can_be_tagged(glue: Any, operation: str, members: dict[str, Any]) -> None:
    """An unknown resource is not found; what is no name of a resource is bad input."""
    send = getattr(glue, operation)
    for kind in ("workflow", "trigger", "job", "crawler"):
        refusal = refused(send, ResourceArn=f"arn:aws:glue:r:1:{kind}/absent", **members)
        assert (refusal[0], "absent" in refusal[1]) == ("EntityNotFoundException", True)
    assert refused(send, ResourceArn="arn:aws:glue:r:1:connection/c", **members)[0] == "InvalidInputException"


def test_a_resource_has_fifty_tags_at_most(glue: Any) -> None:
    """The 51st is refused and none is added."""
    define_job(glue, "full", Tags={f"k{number}": "v" for number in range(50)})
    arn = "arn:aws:glue:us-east-1:123456789012:job/full"
    refusal = refused(glue.tag_resource, ResourceArn=arn, TagsToAdd={"one-more": "v"})
    assert refusal[0] in ("InvalidInputException", "ResourceNumberLimitExceededException")
    assert len(glue.get_tags(ResourceArn=arn)["Tags"]) == 50
