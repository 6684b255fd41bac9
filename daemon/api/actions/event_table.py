"""Which operations of EventBridge's API are served, and by what: a literal table."""

from daemon.api.actions import event_intake, event_rules
from daemon.api.actions.call import Read, Write

EVENT_READS: dict[str, Read] = {
    "DescribeRule": event_rules.describe_rule,
    "ListRules": event_rules.list_rules,
    "ListTargetsByRule": event_rules.list_targets_by_rule,
}
"""Operations that change nothing."""

EVENT_WRITES: dict[str, Write] = {
    "PutEvents": event_intake.put_events,
    "PutRule": event_rules.put_rule,
    "DeleteRule": event_rules.delete_rule,
    "EnableRule": event_rules.enable_rule,
    "DisableRule": event_rules.disable_rule,
    "PutTargets": event_rules.put_targets,
    "RemoveTargets": event_rules.remove_targets,
}
"""Operations that send commands."""
