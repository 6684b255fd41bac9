"""Requests against the shapes of Glue's service model: what passes, and AWS's words for what does not."""

from typing import Any

import pytest

from daemon.api.actions.table import READS, WRITES
from daemon.api.service_model import load_service_model
from daemon.api.validation import LONGEST_VALUE_SHOWN, MOST_COUNTED, MOST_SHOWN, validated
from daemon.errors import NotJson, ValidationFailed

MODEL = load_service_model([*READS, *WRITES])
FAILED = "failed to satisfy constraint: Member must"
CREATE_TRIGGER = {"Name": "t", "Type": "ON_DEMAND", "Actions": []}


def checked(operation: str, **members: Any) -> dict[str, Any]:
    """The members of a request that passes."""
    return validated(MODEL.requests[operation], members)


def broken(operation: str, **members: Any) -> str:
    """What is said of a request that does not."""
    with pytest.raises(ValidationFailed) as caught:
        checked(operation, **members)
    return str(caught.value)


def unreadable(operation: str, body: Any) -> str:
    """What is said of a request whose JSON is of the wrong type."""
    with pytest.raises(NotJson) as caught:
        validated(MODEL.requests[operation], body)
    return str(caught.value)


def conditional(**condition: Any) -> dict[str, Any]:
    """The members of a conditional trigger with one condition."""
    return CREATE_TRIGGER | {"Type": "CONDITIONAL", "Predicate": {"Conditions": [condition]}}


def test_a_request_that_fits_passes_unchanged() -> None:
    """Strings, whole numbers, booleans, maps and lists of structures pass as they came."""
    members = {
        **conditional(LogicalOperator="EQUALS", JobName="j", State="FAILED"),
        "Actions": [{"JobName": "größer \U0001f680\t", "Arguments": {"--a": ""}, "Timeout": 5}],
        "StartOnCreation": True,
        "Tags": {"team": ""},
    }
    assert checked("CreateTrigger", **members) == members


def test_null_is_absent() -> None:
    """A member that is null counts as not given."""
    assert checked("CreateWorkflow", Name="w", Description=None) == {"Name": "w"}


def test_a_missing_member_is_named() -> None:
    """A required member that is absent or null is said to be null at its path."""
    expected = f"1 validation error detected: Value null at 'name' {FAILED} not be null"
    assert broken("CreateWorkflow") == expected
    assert broken("CreateWorkflow", Name=None) == expected


def test_a_wrong_word_names_the_right_ones() -> None:
    """An enumeration's text has the path with list positions from 1 and the values that are allowed."""
    text = broken("CreateTrigger", **conditional(LogicalOperator="EQ", JobName="j", State="FAILED"))
    path = "predicate.conditions.1.member.logicalOperator"
    assert text == f"1 validation error detected: Value 'EQ' at '{path}' {FAILED} satisfy enum value set: [EQUALS]"


def test_several_errors_are_counted_and_joined() -> None:
    """All broken constraints come in one answer."""
    text = broken("CreateWorkflow", Name="", Tags={"k": "v" * 257})
    assert text.startswith("2 validation errors detected: Value '' at 'name'")
    assert (
        f"; Value '{'v' * LONGEST_VALUE_SHOWN}...' at 'tags.k' {FAILED} have length less than or equal to 256" in text
    )


@pytest.mark.parametrize(
    ("operation", "members", "constraint"),
    [
        ("GetWorkflow", {"Name": ""}, "have length greater than or equal to 1"),
        ("GetWorkflow", {"Name": "n" * 256}, "have length less than or equal to 255"),
        ("GetWorkflow", {"Name": "a\nb"}, "satisfy regular expression pattern: ["),
        ("ListWorkflows", {"MaxResults": 26}, "have value less than or equal to 25"),
        ("ListWorkflows", {"MaxResults": 0}, "have value greater than or equal to 1"),
        ("CreateWorkflow", {"Name": "w", "MaxConcurrentRuns": 2**31}, "have value less than or equal to 2147483647"),
        ("BatchGetWorkflows", {"Names": []}, "have length greater than or equal to 1"),
        ("BatchGetWorkflows", {"Names": ["w"] * 26}, "have length less than or equal to 25"),
        ("BatchGetWorkflows", {"Names": ["w", None]}, "not be null"),
        ("CreateWorkflow", {"Name": "w", "Tags": {"k": None}}, "not be null"),
        ("CreateWorkflow", {"Name": "w", "Tags": {"": "v"}}, "have length greater than or equal to 1"),
        ("GetTags", {"ResourceArn": "w"}, "satisfy regular expression pattern: arn:aws"),
    ],
)
def test_bounds_are_kept(operation: str, members: dict[str, Any], constraint: str) -> None:
    """Lengths, ranges, sizes and patterns of the model hold."""
    assert f"{FAILED} {constraint}" in broken(operation, **members)


def test_an_unknown_member_is_refused_with_the_known_ones() -> None:
    """A misspelt member is named as it came, at any depth, with those that there are."""
    assert f"Value 'x' at 'Nme' {FAILED} be one of: [Name, IncludeGraph]" in broken("GetWorkflow", Nme="x")
    text = broken("CreateTrigger", **CREATE_TRIGGER | {"Actions": [{"jobname": "j"}]})
    assert "at 'actions.1.member.jobname'" in text


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"Name": 5}, "'name' must be a string, not a number: 5"),
        ({"Name": True}, "'name' must be a string, not a boolean: true"),
        ({"MaxConcurrentRuns": "5"}, "'maxConcurrentRuns' must be a whole number, not a string: 5"),
        ({"MaxConcurrentRuns": True}, "'maxConcurrentRuns' must be a whole number, not a boolean: true"),
        ({"MaxConcurrentRuns": 1.5}, "'maxConcurrentRuns' must be a whole number, not a number: 1.5"),
        ({"Tags": []}, "'tags' must be an object, not a list: []"),
        ({"Tags": {"k": 1}}, "'tags.k' must be a string, not a number: 1"),
    ],
)
def test_a_wrong_type_is_named(members: dict[str, Any], path: str) -> None:
    """A value of the wrong JSON type is a serialization error that says where, what is wanted and what came."""
    assert unreadable("CreateWorkflow", {"Name": "w", **members}) == f"The value at {path}"


@pytest.mark.parametrize(("body", "what"), [([], "a list: []"), (None, "null: null"), ("x", "a string: x")])
def test_a_body_that_is_no_object_is_refused(body: Any, what: str) -> None:
    """A request is a JSON object."""
    assert unreadable("GetWorkflow", body) == f"The request's body must be an object, not {what}"


def test_capacity_may_be_fractional() -> None:
    """A double takes whole and fractional numbers, and no text."""
    job = {"Name": "j", "Role": "r", "Command": {}}
    assert checked("CreateJob", **job, MaxCapacity=0.0625)["MaxCapacity"] == 0.0625
    assert checked("CreateJob", **job, MaxCapacity=1)["MaxCapacity"] == 1
    assert "'maxCapacity' must be a number" in unreadable("CreateJob", {**job, "MaxCapacity": "1"})


def test_a_flood_of_errors_ends_the_check() -> None:
    """However many constraints are broken, few are shown and not all are looked for."""
    text = broken("BatchGetJobs", JobNames=[""] * 100_000)
    assert text.startswith(f"{MOST_COUNTED} validation errors detected: ")
    assert text.endswith(f"; and {MOST_COUNTED - MOST_SHOWN} more")
    assert text.count("failed to satisfy") == MOST_SHOWN


def test_endless_nesting_is_refused() -> None:
    """A shape that may hold itself is followed to a limit."""
    mapping: dict[str, Any] = {}
    for _ in range(200):
        mapping = {"Children": [mapping]}
    apply_mapping = {"Name": "n", "Inputs": ["i"], "Mapping": [mapping]}
    job = {"Name": "j", "Role": "r", "Command": {}, "CodeGenConfigurationNodes": {"n": {"ApplyMapping": apply_mapping}}}
    assert unreadable("CreateJob", job).endswith("is nested too deeply: take out levels.")
