"""Resume plans: tokens, previews, what is told of picks and obstacles, and options that Glue's wire has not."""

from typing import Any

import pytest

from daemon import commands
from daemon.commands import ResumeRun
from daemon.decisions.decision import Situation
from daemon.decisions.forecast import Forecast, forecast_resume
from daemon.decisions.plan_token import differing, moment_of, run_of, token_of
from events.runs import RunResumed
from events.vocabulary import JOB, unique_id
from projections.job_terms import arguments
from tests.daemon.decisions.specification import Specification, all_end, limited

W1 = "T1: -> J1\nT2: J1 -> J2\nT3: J1 -> J3\nT4: J2 -> J4\nT5: J3 -> J5"
INVALID, ILLEGAL, OUTDATED = "InvalidInputException", "IllegalWorkflowStateException", "PlanOutdatedException"


def partly_run(text: str = W1, bodies: Any = None) -> Specification:
    """A run of W1 with J2 and J3 failed."""
    return Specification(text, bodies).start().ends("J1").ends("J2", "FAILED").ends("J3", "FAILED")


def asked(spec: Specification, *names: str, **options: Any) -> ResumeRun:
    """A resume of the spec's run by our own interface, from jobs given by name."""
    ids = tuple(unique_id("W", JOB, name) for name in names)
    return ResumeRun(spec.at, "api:test", b"plan", "W", spec.run, ids, untried=True, **options)


def preview(spec: Specification, *names: str, **options: Any) -> Forecast:
    """What a resume would come to."""
    command = asked(spec, *names, **options)
    return forecast_resume(command, Situation(spec.standing, command, spec.strict))


def resume(spec: Specification, *names: str, **options: Any) -> Specification:
    """Resumes the run by our own interface."""
    command = asked(spec, *names, **options)
    values = [getattr(command, name) for name in command.__struct_fields__[3:]]
    spec.when(ResumeRun, *values)
    spec.run = spec.answer.run_id
    return spec


def refused(spec: Specification, expected: tuple[str, str], *names: str, **options: Any) -> None:
    """A resume by our own interface is refused with this code and a text that holds this."""
    command = asked(spec, *names, **options)
    values = [getattr(command, name) for name in command.__struct_fields__[3:]]
    spec.then_refused(*expected, ResumeRun, *values)


def test_preview_tells_what_will_run_and_what_is_copied() -> None:
    """W1 from J2: it and J4 run, T4 fires; J1 and J3 are copied; J5 has no result, as J3 is left failed."""
    spec = partly_run()
    forecast = preview(spec, "J2")
    assert (forecast.running, forecast.firing) == (("JOB:J2", "JOB:J4"), ("T4",))
    assert forecast.copied == {spec.run: ["JOB:J1", "JOB:J3"]}
    assert forecast.idle == {"JOB:J5": "trigger T5 waits for J3 to end SUCCEEDED, which ended FAILED"}
    assert (forecast.dropped, forecast.obstacles) == ({}, ())
    spec.then("J3 FAILED", "run COMPLETED")


def test_dropped_picks_have_their_reasons() -> None:
    """A pick downstream of another says of which, in the preview and in the event."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: B -> C").start()
    all_end(spec, "ABC")
    assert preview(spec, "C", "B").dropped == {"JOB:C": "it is downstream of B and runs after that anyway"}
    resume(spec, "C", "B")
    event = spec.facts[0].event
    assert isinstance(event, RunResumed)
    assert event.dropped == {"JOB:C": "JOB:B"}


def test_token_gives_the_same_run_twice() -> None:
    """The run's id is the token's digits; the second request changes nothing and is answered with the same run."""
    spec = partly_run()
    original, token = spec.run, preview(spec, "J2").plan.token
    first = resume(spec, "J2", plan=token).answer
    assert first.run_id == run_of(token) == "wr_" + token.removeprefix("plan_")
    spec.run = original
    second = resume(spec, "J2", plan=token).answer
    assert (second.run_id, second.node_ids, second.again, spec.facts) == (first.run_id, first.node_ids, True, [])
    spec.run = original
    assert resume(spec, plan=token).answer.run_id == first.run_id


def test_every_resume_is_by_a_plan() -> None:
    """One without a token, Glue's too, records the plan that it carried out; the digits are its run's."""
    spec = partly_run().resume("J2")
    event = spec.facts[0].event
    assert isinstance(event, RunResumed)
    assert run_of(event.plan) == spec.run


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda spec: spec.resume("J3"), "was made from the same run meanwhile"),
        (lambda spec: spec.when(commands.PutRunProperties, "W", spec.run, {"a": "2"}), "properties were changed"),
        (lambda spec: spec.when(commands.RemoveTrigger, "T4"), None),
        (lambda spec: spec.when(commands.ChangeJob, "J2", {"Timeout": 9}), None),
    ],
)
def test_outdated_plan_says_what_changed(change: Any, reason: str | None) -> None:
    """Resumed meanwhile, or its properties changed; what is changed in today's design or jobs does not matter."""
    spec = partly_run()
    original, token = spec.run, preview(spec, "J2").plan.token
    change(spec)
    spec.run = original
    if reason:
        refused(spec, (OUTDATED, reason), "J2", plan=token)
    else:
        assert resume(spec, "J2", plan=token).run == run_of(token)


def test_plan_with_other_picks_or_options_is_refused() -> None:
    """The token belongs to one plan of one run."""
    spec = partly_run()
    token = preview(spec, "J2", properties={"a": "1"}).plan.token
    refused(spec, (OUTDATED, "other nodes would start"), "J3", plan=token, properties={"a": "1"})
    refused(spec, (OUTDATED, "other properties are set"), "J2", plan=token)
    refused(spec, (OUTDATED, "not remembered"), plan=token)
    refused(spec, (INVALID, "is no token of a plan"), "J2", plan="plan_1")
    done = resume(spec, "J2", plan=token, properties={"a": "1"}).ends("J2").ends("J4").run
    refused(spec, (INVALID, f"belongs to run {spec.graph(done).previous}"), "J2", plan=token)


def test_plan_on_todays_design_is_refused_when_that_changes() -> None:
    """The design of the preview is the one that is carried out."""
    spec = partly_run().when(commands.RemoveTrigger, "T4")
    token = preview(spec, "J2", current_design=True).plan.token
    spec.when(commands.RemoveTrigger, "T5")
    refused(spec, (OUTDATED, "the triggers of the workflow were changed"), "J2", current_design=True, plan=token)


def test_tokens_of_different_things_differ() -> None:
    """Part by part, and by run and moment."""
    parts: dict[str, Any] = {"resumes": (), "run": 1, "picks": ("a",), "design": "d", "properties": ()}
    token = token_of(5, "wr_a", parts)
    assert token == token_of(5, "wr_a", dict(parts))
    assert (moment_of(token), moment_of("plan_x"), len(run_of(token))) == (5, None, 67)
    assert differing(token, token) == []
    assert differing(token, token_of(5, "wr_a", parts | {"design": "e"})) == ["design"]
    assert differing(token, token_of(5, "wr_b", parts)) == list(parts)


def test_failed_picks_all_that_did_not_end_well() -> None:
    """Failed, timed out and stopped nodes alike; where nothing failed it is refused."""
    spec = (
        Specification("T1: -> A B C D").start().ends("A", "FAILED").ends("B", "TIMEOUT").ends("C", "STOPPED").ends("D")
    )
    assert preview(spec, failed=True).running == ("JOB:A", "JOB:B", "JOB:C")
    all_end(resume(spec, failed=True), "ABC")
    refused(spec, (INVALID, "Nothing failed in run"), failed=True)


def test_failed_picks_what_last_ended_badly_under_a_newer_attempt() -> None:
    """C has two attempts at once and the older fails last: triggers go by that end, so C is among what failed."""
    spec = Specification("T0: -> B C\nT2: B -> C\nT3: C -> D", limited("C", runs=2)).start()
    spec.ends("B").then("B SUCCEEDED", "T2 fired", "C started")
    newest, oldest = spec.attempts("C")
    spec.when(commands.CompleteNode, spec.run, newest.id, "SUCCEEDED")
    spec.when(commands.CompleteNode, spec.run, oldest.id, "FAILED")
    spec.ends("D").then("D SUCCEEDED", "run COMPLETED")
    assert resume(spec, failed=True).graph().restarted == ("JOB:C",)


def test_properties_are_those_of_the_resumed_run_only() -> None:
    """Set for this run and what is resumed from it; the run before keeps its own, and so do its jobs' arguments."""
    job = {
        "J1": {"DefaultArguments": {"--d": "{{run.property:day}}"}},
        "J2": {"DefaultArguments": {"--d": "{{run.property:day}}"}},
    }
    spec = Specification(W1, job).start(day="1", kept="k").ends("J1").ends("J2", "FAILED").ends("J3", "FAILED")
    original = spec.run
    resume(spec, "J2", properties={"day": "2", "new": "n"})
    assert spec.graph().properties == {"day": "2", "kept": "k", "new": "n"}
    assert spec.graph(original).properties == {"day": "1", "kept": "k"}
    spec.ends("J2").ends("J4")
    resume(spec, "J3")
    graph = spec.graph()
    told = {name: arguments(graph, graph.attempts[f"JOB:{name}"][0], job[name])["--d"] for name in job}
    assert told == {"J1": "1", "J2": "2"}
    refused(spec.ends("J3", "FAILED"), (INVALID, "a key has 1 to 255"), "J3", properties={"": "x"})


def test_strict_glue_maps_no_properties() -> None:
    """There the properties are set, and arguments stay as written."""
    spec = partly_run()
    spec.strict = True
    resume(spec, "J2", properties={"day": "2"})
    assert (spec.graph().properties, spec.graph().parameters) == ({"day": "2"}, {})


def test_node_that_never_ran_may_be_picked_if_what_it_waits_for_is_done() -> None:
    """Its trigger was not activated but is met: allowed here, refused by Glue's wire, and where it is not."""
    spec = Specification("T1: -> A B\nT2 CREATED: A -> C\nT3: B -> D\nT4: C -> E").start().ends("A").ends("B", "FAILED")
    spec.then_refused(INVALID, "was never attempted", *spec.resuming("C"))
    refused(spec, (INVALID, "trigger T3 waits for B to end SUCCEEDED, which ended FAILED"), "D")
    refused(spec, (INVALID, "trigger T4 waits for C to end SUCCEEDED, which has not run"), "E")
    assert preview(spec, "C").running == ("JOB:C", "JOB:E")
    assert preview(spec, "B", "D").dropped == {"JOB:D": "it is downstream of B and runs after that anyway"}
    resume(spec, "C").then("run resumed", "C started")
    assert spec.attempts("C")[0].trigger == "T2"
    spec.ends("C").then("C SUCCEEDED", "T4 fired", "E started")


def test_obstacles_are_told_beforehand() -> None:
    """The workflow's limit, a job that is gone, one that is busy, a trigger that is not activated, a run resumed
    already."""
    text = "T1: -> J1\nT2: J1 -> J2\nT3: J1 -> J3\nT4: J2 -> J4\nT5 CREATED: J3 -> J5"
    spec = partly_run(text, limited("J2"))
    original = spec.run
    spec.when(commands.RemoveJob, "J4").resume("J2")
    spec.run = original
    spec.when(commands.ChangeWorkflow, "W", {"MaxConcurrentRuns": 1})
    found = {one.kind: (one.subject, one.refuses) for one in preview(spec, "J2", "J3").obstacles}
    assert found == {
        "workflow_limit": ("W", True),
        "resumed_already": (spec.log_runs()[-1], False),
        "busy": ("JOB:J2", False),
        "not_defined": ("JOB:J4", False),
        "trigger_inactive": ("T5", False),
    }


def test_held_triggers_are_told() -> None:
    """A trigger whose conditions copied nodes meet fires after those that run."""
    spec = Specification("T1: -> A B\nT2: A | B -> C").start().ends("A").ends("B", "FAILED").ends("C")
    forecast = preview(spec, "B")
    assert [(one.kind, one.subject) for one in forecast.obstacles] == [("trigger_held", "T2")]
    assert forecast.running == ("JOB:B", "JOB:C")


def test_preview_is_refused_as_the_resume_would_be() -> None:
    """For a run under way, and for picks that cannot be."""
    spec = Specification("T1: -> A").start()
    refused(spec, (ILLEGAL, "is RUNNING"), "A")
    refused(spec.ends("A"), (INVALID, "NodeIds is empty"))


def test_a_hundred_resumes_with_properties_keep_each_runs_terms() -> None:
    """Each attempt goes on showing the value that its own run set, and the log tells the same from nothing."""
    job = {"DefaultArguments": {"--d": "{{run.property:day}}"}}
    names = [f"J{number:03d}" for number in range(100)]
    text = f"T1: -> {' '.join(names)}"
    spec = Specification(text, dict.fromkeys(names, job)).start(day="first")
    all_end(spec, names, "FAILED")
    for name in names:
        resume(spec, name, properties={"day": name}).ends(name)
    spec.standing.references.clear()
    graph = spec.graph()
    told = {name: arguments(graph, graph.attempts[f"JOB:{name}"][0], job)["--d"] for name in names}
    assert told == {name: name for name in names}
    assert (graph.depth, spec.counts()) == (100, {"Succeeded": 100})
