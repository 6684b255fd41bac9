"""What must hold within one trigger, with Glue's texts and in Glue's order."""

from typing import Any

import msgspec
import pytest

from daemon.api.trigger_checks import check_start_on_creation, check_trigger
from daemon.errors import InvalidInput
from events.vocabulary import TriggerDefinition

JOB_STATES = "choose from one of the following job state: [SUCCEEDED, STOPPED, FAILED, TIMEOUT]"
CRAWL_STATES = "choose from one of the following crawler state: [SUCCEEDED, FAILED, CANCELLED]"
WATCHED = {"LogicalOperator": "EQUALS", "JobName": "j", "State": "SUCCEEDED"}


def trigger(*conditions: dict[str, Any], **members: Any) -> TriggerDefinition:
    """A conditional trigger that starts the job `other`, unless the members say otherwise."""
    given = {
        "Name": "t",
        "Type": "CONDITIONAL",
        "Actions": [{"JobName": "other"}],
        "Predicate": {"Conditions": conditions},
    }
    return msgspec.convert({**given, **members}, TriggerDefinition)


def refusal(definition: TriggerDefinition, *, strict: bool = False) -> str:
    """What is wrong with a trigger."""
    with pytest.raises(InvalidInput) as caught:
        check_trigger(definition, strict=strict)
    return str(caught.value)


def test_a_sound_trigger_passes() -> None:
    """Conditions on jobs and crawlers, several actions, each type."""
    crawler = {"LogicalOperator": "EQUALS", "CrawlerName": "c", "CrawlState": "CANCELLED"}
    check_trigger(trigger(WATCHED, crawler, Actions=[{"JobName": "a"}, {"CrawlerName": "c2"}]), strict=False)
    check_trigger(trigger(Type="ON_DEMAND", Predicate=None), strict=True)
    check_trigger(trigger(Type="EVENT", WorkflowName="W", Predicate=None), strict=True)


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        ([], "Actions cannot be null or empty"),
        ([{}], "JobName or CrawlerName in action cannot be null or empty"),
        (
            [{"JobName": "a", "CrawlerName": "c"}],
            "Both JobName and CrawlerName cannot be set together in an action",
        ),
    ],
)
def test_actions_name_one_job_or_crawler_each(actions: list[dict[str, str]], text: str) -> None:
    """Exactly one target per action, and at least one action."""
    assert refusal(trigger(WATCHED, Actions=actions)) == text


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"JobName": "j", "State": "FAILED"}, "Logical operator cannot be null or empty"),
        ({"LogicalOperator": "EQUALS"}, "JobName or CrawlerName in condition cannot be null or empty"),
        ({"LogicalOperator": "EQUALS", "JobName": "j"}, f"State cannot be null or empty, {JOB_STATES}"),
        ({**WATCHED, "State": "RUNNING"}, f"State RUNNING never matches, {JOB_STATES}"),
        (
            {"LogicalOperator": "EQUALS", "CrawlerName": "c", "State": "FAILED"},
            f"State cannot be null or empty, {CRAWL_STATES}",
        ),
    ],
)
def test_conditions_are_whole(condition: dict[str, str], text: str) -> None:
    """A condition has an operator, a target and a state that can match."""
    assert refusal(trigger(condition)) == text


@pytest.mark.parametrize("predicate", [None, {"Conditions": []}, {"Logical": "AND"}])
def test_a_conditional_trigger_has_conditions(predicate: dict[str, Any] | None) -> None:
    """Without any it could never fire."""
    assert refusal(trigger(Predicate=predicate)) == "Predicate cannot be null or empty"


def test_a_job_cannot_wait_for_itself() -> None:
    """A conditional trigger does not start what it watches; that comes last, after all other checks."""
    text = "Job cannot be a Predicate and Action for Conditional Trigger."
    assert refusal(trigger(WATCHED, Actions=[{"JobName": "j"}])) == text
    incomplete = {"LogicalOperator": "EQUALS", "JobName": "j"}
    assert refusal(trigger(incomplete, Actions=[{"JobName": "j"}])).startswith("State cannot be null")


def test_the_order_of_checks_is_glues() -> None:
    """Actions come before the predicate, the operator before the target."""
    assert "in an action" in refusal(trigger(Predicate=None, Actions=[{"JobName": "a", "CrawlerName": "c"}]))
    assert refusal(trigger({"State": "X"})) == "Logical operator cannot be null or empty"


def test_several_conditions_need_logical_only_when_strict() -> None:
    """Without Logical several conditions are an AND; strict-glue refuses them as the documentation does."""
    several = trigger(WATCHED, {**WATCHED, "JobName": "k"})
    check_trigger(several, strict=False)
    assert refusal(several, strict=True).startswith("Logical cannot be null or empty")
    check_trigger(trigger(WATCHED), strict=True)


@pytest.mark.parametrize("schedule", ["cron(15 12 * * ? *)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(0 0 L * ? 2030)"])
def test_a_schedule_of_six_fields_passes(schedule: str) -> None:
    """Six fields, one of the days a question mark."""
    check_trigger(trigger(Type="SCHEDULED", Predicate=None, Schedule=schedule), strict=True)


@pytest.mark.parametrize(
    "schedule",
    ["cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(* * * *)", "rate(5 minutes)", "0 0 * * ? *", "cron(0 0 1 1 ? $)"],
)
def test_another_schedule_is_invalid(schedule: str) -> None:
    """Anything else is refused with Glue's text."""
    text = refusal(trigger(Type="SCHEDULED", Predicate=None, Schedule=schedule))
    assert text.startswith(f"The schedule {schedule} is invalid. ")


def test_a_scheduled_trigger_has_a_schedule() -> None:
    """Without one it could never fire."""
    assert refusal(trigger(Type="SCHEDULED", Predicate=None)) == "Schedule cannot be null or empty"


def test_on_demand_cannot_start_on_creation() -> None:
    """An ON_DEMAND trigger is fired, never activated."""
    with pytest.raises(InvalidInput, match="StartOnCreation is not supported for ON_DEMAND"):
        check_start_on_creation(trigger(Type="ON_DEMAND"), True)
    check_start_on_creation(trigger(Type="ON_DEMAND"), False)
    check_start_on_creation(trigger(WATCHED), True)
