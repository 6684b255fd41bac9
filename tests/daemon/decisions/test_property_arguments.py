"""Run properties named in the arguments of jobs: the values that the chain of runs began with."""

from daemon import commands
from projections import job_terms
from tests.daemon.decisions.specification import Specification

BODY = {
    "DefaultArguments": {"--day": "{{run.property:day}}", "--path": "/in/{{run.property:day}}/{{run.property:none}}"},
    "NonOverridableArguments": {"--fixed": "{{run.property:day}}"},
}


def started(*, strict: bool = False) -> Specification:
    """A run that began with a property."""
    return Specification("T1: -> A B", {"A": BODY}, strict=strict).start(day="monday")


def arguments(spec: Specification) -> dict[str, str]:
    """What job A runs with, as far as the job says."""
    found = job_terms.arguments(spec.graph(), spec.attempts("A")[0], BODY)
    return {key: value for key, value in found.items() if not key.startswith("--WORKFLOW")}


def test_arguments_name_properties() -> None:
    """Wherever they stand in a value; what the run did not begin with is left as written."""
    assert arguments(started()) == {
        "--day": "monday",
        "--path": "/in/monday/{{run.property:none}}",
        "--fixed": "monday",
    }


def test_later_properties_change_nothing() -> None:
    """Arguments stay what the job was given, in a resumed run too, which carries the properties put meanwhile."""
    spec = started()
    before = arguments(spec)
    spec.when(commands.PutRunProperties, "W", spec.run, {"day": "friday", "none": "x"})
    assert arguments(spec) == before
    spec.ends("A").ends("B", "FAILED").resume("B")
    assert spec.graph().properties["day"] == "friday"
    assert arguments(spec) == before
    spec.ends("B").resume("A")
    assert arguments(spec) == before


def test_strict_glue_passes_them_as_written() -> None:
    """As the run's start recorded it: what begins under the switch keeps to it after the switch is turned."""
    spec = started(strict=True)
    spec.strict = False
    assert arguments(spec) == {**BODY["DefaultArguments"], **BODY["NonOverridableArguments"]}
