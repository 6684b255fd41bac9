"""EventBridge's rules: which events go to which workflows."""

from typing import Any

from daemon import notification_commands as commands
from daemon.api.actions.call import Answer, Call
from daemon.api.actions.event_intake import DEFAULT_BUS, check_bus
from daemon.api.render import present
from daemon.decisions.routing import workflow_of_arn
from daemon.errors import ResourceNotFound, ValidationFailed
from projections.designs import Definition

ACCOUNT = "123456789012"
MOST_LISTED = 100
_OF_A_TARGET = frozenset({"Id", "Arn", "RoleArn", "RetryPolicy", "DeadLetterConfig"})
"""Members of a target that are taken. The last three say how AWS delivers; here a delivery is part of the event."""


async def put_rule(call: Call) -> Answer:
    """Answers the rule's ARN."""
    members = call.members
    check_bus(members.get("EventBusName"))
    if "ScheduleExpression" in members:
        raise ValidationFailed("ScheduleExpression: rules here match events. Give the workflow a SCHEDULED trigger.")
    if members.get("Tags"):
        raise ValidationFailed("Tags: rules carry none here. Leave them out.")
    if not members.get("EventPattern"):
        raise ValidationFailed("Parameter(s) EventPattern must be specified.")
    if members.get("State", "ENABLED") not in ("ENABLED", "DISABLED"):
        raise ValidationFailed("State: a rule here is ENABLED or DISABLED; there are no CloudTrail events.")
    definition: dict[str, Any] = {
        name: members[name] for name in ("EventPattern", "Description", "RoleArn") if name in members
    }
    definition["State"] = members.get("State", "ENABLED")
    name = await call.engine.handle(commands.PutRule(*call.stamp, members["Name"], definition))
    return {"RuleArn": _arn(call, name)}


async def delete_rule(call: Call) -> Answer:
    """Answers nothing, whether or not there was such a rule."""
    check_bus(call.members.get("EventBusName"))
    await call.engine.handle(commands.RemoveRule(*call.stamp, call.members["Name"]))
    return {}


async def enable_rule(call: Call) -> Answer:
    """The rule matches from now on."""
    return await _set_state(call, "ENABLED")


async def disable_rule(call: Call) -> Answer:
    """The rule matches nothing until it is enabled."""
    return await _set_state(call, "DISABLED")


async def _set_state(call: Call, state: str) -> Answer:
    check_bus(call.members.get("EventBusName"))
    await call.engine.handle(commands.SetRuleState(*call.stamp, call.members["Name"], state))
    return {}


async def put_targets(call: Call) -> Answer:
    """Answers which targets were not taken, and why: those that are no workflows, or want their input changed."""
    check_bus(call.members.get("EventBusName"))
    targets = call.members["Targets"]
    reasons = {target["Id"]: reason for target in targets if (reason := _unfit(target))}
    taken = {target["Id"]: target["Arn"] for target in targets if target["Id"] not in reasons}
    await call.engine.handle(commands.PutRuleTargets(*call.stamp, call.members["Rule"], taken))
    return _entries(reasons)


def _unfit(target: dict[str, Any]) -> str | None:
    if workflow_of_arn(target["Arn"]) is None:
        return f"Arn '{target['Arn']}': a target is a workflow, arn:aws:glue:REGION:ACCOUNT:workflow/NAME."
    others = sorted(target.keys() - _OF_A_TARGET)
    return f"{others[0]}: a workflow gets the event as it is. Leave it out." if others else None


def _entries(reasons: dict[str, str]) -> Answer:
    failed = [
        {"TargetId": target, "ErrorCode": "ValidationException", "ErrorMessage": reason}
        for target, reason in reasons.items()
    ]
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


async def remove_targets(call: Call) -> Answer:
    """Takes targets off; those that are not there are passed over."""
    check_bus(call.members.get("EventBusName"))
    ids = tuple(call.members["Ids"])
    await call.engine.handle(commands.RemoveRuleTargets(*call.stamp, call.members["Rule"], ids))
    return _entries({})


def describe_rule(call: Call) -> Answer:
    """One rule, without its targets."""
    check_bus(call.members.get("EventBusName"))
    return _shown(call, _rule(call, call.members["Name"]))


def list_rules(call: Call) -> Answer:
    """All rules in order of name, or those whose names begin so."""
    check_bus(call.members.get("EventBusName"))
    prefix = call.members.get("NamePrefix", "")
    rules = [rule for rule in call.engine.standing.designs.all("rule") if rule.name.startswith(prefix)]
    page, token = call.page_of(f"ListRules:{prefix}", MOST_LISTED, "Limit").of_names(rules)
    return present({"Rules": [_shown(call, rule) for rule in page], "NextToken": token})


def list_targets_by_rule(call: Call) -> Answer:
    """A rule's targets, all at once: there are few."""
    check_bus(call.members.get("EventBusName"))
    targets = _rule(call, call.members["Rule"]).body["Targets"]
    return {"Targets": [{"Id": key, "Arn": arn} for key, arn in sorted(targets.items())]}


def _rule(call: Call, name: str) -> Definition:
    rule = call.engine.standing.designs.rule(name)
    if rule is None:
        raise ResourceNotFound(f"Rule {name} does not exist on EventBus {DEFAULT_BUS}.")
    return rule


def _shown(call: Call, rule: Definition) -> Answer:
    shown = {name: value for name, value in rule.body.items() if name != "Targets"}
    return {"Name": rule.name, "Arn": _arn(call, rule.name), "EventBusName": DEFAULT_BUS, **shown}


def _arn(call: Call, rule: str) -> str:
    return f"arn:aws:events:{call.engine.settings.region}:{ACCOUNT}:rule/{rule}"
