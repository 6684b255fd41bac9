"""Tags of workflows, triggers, jobs, crawlers and databases, which are named by ARN here."""

from daemon import commands
from daemon.api import arn
from daemon.api.actions.call import Answer, Call
from daemon.errors import EntityNotFound


async def tag_resource(call: Call) -> Answer:
    """Answers nothing."""
    resource = arn.parse(call.members["ResourceArn"])
    tags = call.members["TagsToAdd"]
    await call.engine.handle(commands.TagResource(*call.stamp, resource.kind, resource.name, tags))
    return {}


async def untag_resource(call: Call) -> Answer:
    """Answers nothing; keys that are not there are passed over."""
    resource = arn.parse(call.members["ResourceArn"])
    keys = tuple(call.members["TagsToRemove"])
    await call.engine.handle(commands.UntagResource(*call.stamp, resource.kind, resource.name, keys))
    return {}


def get_tags(call: Call) -> Answer:
    """The tags of a resource."""
    resource = arn.parse(call.members["ResourceArn"])
    definition = call.engine.standing.designs.find(resource.kind, resource.name)
    if definition is None:
        raise EntityNotFound(f"{resource.kind.capitalize()} {resource.name} not found.")
    return {"Tags": definition.tags}
