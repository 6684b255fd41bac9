"""What can be asked about events: taking them in, closing a batch, and the rules that route them.

A family of `daemon/commands.py`, decided and appended by the same handler.
"""

from typing import Any

import msgspec

from daemon.commands import Command
from events.notifications import Notification


class Incoming(msgspec.Struct, frozen=True):
    """One event from outside. `workflow` is the one it is for; without, its resources and the rules tell."""

    notification: Notification
    workflow: str = ""


class Received(msgspec.Struct, frozen=True):
    """What became of one event: the workflows that were notified of it, and those that knew it already; or the code
    and text of the error that kept it out."""

    event_id: str
    workflows: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    error: str = ""
    reason: str = ""


class ReceiveEvents(Command, frozen=True):
    """Take events in, each on its own: one that is refused does not keep out the others. Answers a Received for
    each."""

    events: tuple[Incoming, ...]


class CloseBatch(Command, frozen=True):
    """The clock says that a workflow's batch window has ended: what waits in its inbox begins a run."""

    workflow: str


class PutRule(Command, frozen=True):
    """Create or overwrite a rule; `definition` holds EventPattern, State, Description, RoleArn. Answers its name."""

    name: str
    definition: dict[str, Any]


class SetRuleState(Command, frozen=True):
    """Enable or disable a rule: ENABLED or DISABLED."""

    name: str
    state: str


class RemoveRule(Command, frozen=True):
    """Delete a rule that has no targets, if there is one."""

    name: str


class PutRuleTargets(Command, frozen=True):
    """Add targets to a rule, or replace those of the same ids: id to ARN of a workflow."""

    rule: str
    targets: dict[str, str]


class RemoveRuleTargets(Command, frozen=True):
    """Take targets off a rule; ids that it does not have are passed over."""

    rule: str
    ids: tuple[str, ...]
