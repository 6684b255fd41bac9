"""Jobs: defining them and reading their definitions."""

from daemon import commands
from daemon.api import job_checks, render_definitions
from daemon.api.actions.call import Answer, Call
from daemon.api.actions.triggers import tagged
from daemon.api.render import present
from daemon.errors import EntityNotFound


async def create_job(call: Call) -> Answer:
    """Answers the name."""
    definition = dict(call.members)
    name, tags = definition.pop("Name"), definition.pop("Tags", {})
    job_checks.check_job(definition)
    return {"Name": await call.engine.handle(commands.DefineJob(*call.stamp, name, definition, tags))}


async def update_job(call: Call) -> Answer:
    """Overwrites the definition; answers the name."""
    name, definition = call.members["JobName"], call.members["JobUpdate"]
    job_checks.check_job(definition)
    return {"JobName": await call.engine.handle(commands.ChangeJob(*call.stamp, name, definition))}


async def delete_job(call: Call) -> Answer:
    """Answers the name, whether or not there was such a job."""
    return {"JobName": await call.engine.handle(commands.RemoveJob(*call.stamp, call.members["JobName"]))}


def get_job(call: Call) -> Answer:
    """One job."""
    name = call.members["JobName"]
    definition = call.engine.standing.designs.job(name)
    if definition is None:
        raise EntityNotFound(f"Job {name} not found.")
    return {"Job": render_definitions.job(definition)}


def get_jobs(call: Call) -> Answer:
    """All jobs in order of name."""
    page, token = call.page_of("GetJobs").of_names(call.engine.standing.designs.all("job"))
    return present({"Jobs": [render_definitions.job(definition) for definition in page], "NextToken": token})


def list_jobs(call: Call) -> Answer:
    """The names of all jobs, or of those that carry all the tags given."""
    jobs = tagged(call.engine.standing.designs.all("job"), call.members.get("Tags"))
    page, token = call.page_of("ListJobs").of_names(jobs)
    return present({"JobNames": [definition.name for definition in page], "NextToken": token})


def batch_get_jobs(call: Call) -> Answer:
    """Those that exist, and the names of the others."""
    found = {name: call.engine.standing.designs.job(name) for name in call.members["JobNames"]}
    return {
        "Jobs": [render_definitions.job(definition) for definition in found.values() if definition],
        "JobsNotFound": [name for name, definition in found.items() if definition is None],
    }
