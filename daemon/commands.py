"""What can be asked of the daemon: one frozen value per wish.

Commands come from the Glue wire, the command line, executors, timers and recovery alike, and all go through
`daemon/handling.py`. Time and randomness arrive inside them (`at` in milliseconds, `seed` for the ids to be minted),
so that decisions are pure. `by` names who asked: `api:<access key>`, `mqtt:<who>`, `executor`, `clock`, `daemon`.
"""

from typing import Any

import msgspec

from daemon.crawling.findings import Findings
from events.vocabulary import Cause, NodeKey, TriggerDefinition
from projections.designs import Kind


class Command(msgspec.Struct, frozen=True):
    """What every command carries."""

    at: int
    by: str
    seed: bytes


class DefineWorkflow(Command, frozen=True):
    """Create a workflow; `definition` holds Description, DefaultRunProperties, MaxConcurrentRuns as given. Answers
    its name."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = {}


class ChangeWorkflow(Command, frozen=True):
    """Change the given members of a workflow and leave the others. Answers its name."""

    name: str
    changes: dict[str, Any]


class RemoveWorkflow(Command, frozen=True):
    """Delete a workflow, if there is one; its triggers and jobs stay. Answers its name."""

    name: str


class DefineTrigger(Command, frozen=True):
    """Create a trigger, activated at once if so asked. Answers its name."""

    definition: TriggerDefinition
    activate: bool = False
    tags: dict[str, str] = {}


class ChangeTrigger(Command, frozen=True):
    """Overwrite a trigger's definition; type and workflow stay, so `update` brings only the rest. Answers its name."""

    name: str
    update: dict[str, Any]


class RemoveTrigger(Command, frozen=True):
    """Delete a trigger, if there is one. Answers its name."""

    name: str


class StartTrigger(Command, frozen=True):
    """Activate a trigger, or fire an ON_DEMAND one. Answers the id of the run that it started, or an empty text."""

    name: str


class StopTrigger(Command, frozen=True):
    """Deactivate a trigger. Answers its name."""

    name: str


class DefineJob(Command, frozen=True):
    """Create a job; `definition` holds the members of CreateJob but Name and Tags. Answers its name."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str] = {}


class ChangeJob(Command, frozen=True):
    """Overwrite a job's definition whole. Answers its name."""

    name: str
    definition: dict[str, Any]


class RemoveJob(Command, frozen=True):
    """Delete a job, if there is one. Answers its name."""

    name: str


class TagResource(Command, frozen=True):
    """Add tags to a definition."""

    kind: Kind
    name: str
    tags: dict[str, str]


class UntagResource(Command, frozen=True):
    """Take tags off a definition."""

    kind: Kind
    name: str
    keys: tuple[str, ...]


class StartRun(Command, frozen=True):
    """Start a run of a workflow. Answers the run id."""

    workflow: str
    properties: dict[str, str] = {}
    cause: Cause = Cause("API")


class StopRun(Command, frozen=True):
    """End what a run has under way and start nothing more."""

    workflow: str
    run_id: str


class Resumed(msgspec.Struct, frozen=True):
    """The answer to ResumeRun: the new run and the `UniqueId`s of the nodes that start at once. `again` says that the
    plan had been carried out before, and this is the run that came of it."""

    run_id: str
    node_ids: tuple[str, ...]
    again: bool = False


class ResumeRun(Command, frozen=True):
    """Resume a run from nodes given by their `UniqueId`, as a new run. Answers Resumed.

    What Glue's wire cannot ask for: `allow_stopped` resumes a STOPPED run too; `failed` picks every node that did not
    end well; `untried` allows picks that never ran although a trigger's conditions for them are met; `properties` are
    laid over the previous run's; `current_design` resumes on the triggers of today; `plan` is the token of a preview,
    and nothing else than what was previewed is done then.
    """

    workflow: str
    run_id: str
    node_ids: tuple[str, ...]
    allow_stopped: bool = False
    failed: bool = False
    untried: bool = False
    properties: dict[str, str] = {}
    current_design: bool = False
    plan: str = ""


class PutRunProperties(Command, frozen=True):
    """Merge properties into a run's."""

    workflow: str
    run_id: str
    properties: dict[str, str]


class RequestJobRun(Command, frozen=True):
    """Run a job outside of any workflow; `overrides` holds the members of StartJobRun but JobName. Answers the job
    run id."""

    job: str
    overrides: dict[str, Any]
    cause: Cause = Cause("API")


class StopJobRun(Command, frozen=True):
    """End one attempt of a job, in a workflow run or outside. `run_id` is the stream that holds it."""

    run_id: str
    attempt_id: str


class CompleteNode(Command, frozen=True):
    """An executor reports how an attempt ended. An attempt that has ended already is left as it is.

    `ended_at` is given when that was noticeably earlier than now: while no daemon was running. `findings` is what a
    crawl found.
    """

    run_id: str
    attempt_id: str
    state: str
    error: str | None = None
    exit_code: int | None = None
    ended_at: int | None = None
    findings: Findings | None = None


class TimeOutNode(Command, frozen=True):
    """The clock says that an attempt has used up its time."""

    run_id: str
    attempt_id: str


class AdmitWaiting(Command, frozen=True):
    """Start the first attempt that waits for this job, if the job may have one more run or is gone."""

    node: NodeKey


class SettleRun(Command, frozen=True):
    """Do what a run still owes: its completion, if nothing is under way in it."""

    run_id: str
