"""Rules made, changed and removed: what events go to which workflows."""

from daemon import notification_commands as commands
from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.decisions.event_pattern import read_pattern
from daemon.errors import ResourceNotFound, ValidationFailed
from events.notifications import RulePut, RuleRemoved, RuleTargetsPut, RuleTargetsRemoved
from events.vocabulary import rule_stream
from projections.designs import Definition

MOST_RULES = 300
MOST_TARGETS = 100


def put_rule(command: commands.PutRule, situation: Situation) -> Decision:
    """Creates a rule, or overwrites all but its targets. Raises InvalidEventPattern."""
    designs = situation.standing.designs
    read_pattern(command.definition["EventPattern"])
    existing = designs.rule(command.name)
    if existing is None and len(designs.all("rule")) >= MOST_RULES:
        raise ValidationFailed(f"There are {MOST_RULES} rules already, the most that there may be. Delete some.")
    if existing is not None and {**existing.body, **command.definition} == existing.body:
        return Decision(answer=command.name)
    put = RulePut(situation.at, situation.by, command.name, command.definition)
    return on_stream(rule_stream(command.name), put, answer=command.name)


def set_rule_state(command: commands.SetRuleState, situation: Situation) -> Decision:
    """Enables or disables a rule."""
    rule = _rule(command.name, situation)
    if rule.body["State"] == command.state:
        return Decision()
    kept = {name: value for name, value in rule.body.items() if name != "Targets"}
    put = RulePut(situation.at, situation.by, command.name, {**kept, "State": command.state})
    return on_stream(rule.stream, put)


def remove_rule(command: commands.RemoveRule, situation: Situation) -> Decision:
    """Deletes a rule. EventBridge wants its targets removed first, and takes a missing rule for deleted."""
    rule = situation.standing.designs.rule(command.name)
    if rule is None:
        return Decision()
    if rule.body["Targets"]:
        raise ValidationFailed("Rule can't be deleted since it has targets. Remove them with RemoveTargets first.")
    return on_stream(rule.stream, RuleRemoved(situation.at, situation.by))


def put_rule_targets(command: commands.PutRuleTargets, situation: Situation) -> Decision:
    """Adds targets; those that are there already as they are need no event."""
    rule = _rule(command.rule, situation)
    targets = {**rule.body["Targets"], **command.targets}
    if len(targets) > MOST_TARGETS:
        raise ValidationFailed(f"Rule {rule.name} would have {len(targets)} targets; it can have {MOST_TARGETS}.")
    if targets == rule.body["Targets"]:
        return Decision()
    return on_stream(rule.stream, RuleTargetsPut(situation.at, situation.by, command.targets))


def remove_rule_targets(command: commands.RemoveRuleTargets, situation: Situation) -> Decision:
    """Takes targets off."""
    rule = _rule(command.rule, situation)
    ids = tuple(key for key in command.ids if key in rule.body["Targets"])
    return on_stream(rule.stream, RuleTargetsRemoved(situation.at, situation.by, ids)) if ids else Decision()


def _rule(name: str, situation: Situation) -> Definition:
    rule = situation.standing.designs.rule(name)
    if rule is None:
        raise ResourceNotFound(f"Rule {name} does not exist on EventBus default.")
    return rule
