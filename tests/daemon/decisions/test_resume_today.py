"""Resuming on the triggers of today: what is carried, what runs again, and what is refused with its reason."""

from daemon import commands
from tests.daemon.decisions.specification import Specification, all_end
from tests.daemon.decisions.test_random_plans import redefine
from tests.daemon.decisions.test_resume_plans import INVALID, preview, refused, resume

CHAIN = "T1: -> A\nT2: A -> B\nT3: B -> C"


def ended(text: str, today: str, *ends: str) -> Specification:
    """A run of the text in which jobs ended one after the other, written `A` or `A=FAILED`; then the triggers of today
    are defined."""
    spec = Specification(text).start()
    for one in ends:
        job, _, state = one.partition("=")
        spec.ends(job, state or "SUCCEEDED")
    redefine(spec, today)
    for job in "ABCDEX":
        if spec.standing.designs.job(job) is None:
            spec.when(commands.DefineJob, job, {})
    return spec


def carried(spec: Specification) -> str:
    """The nodes that a resume on today's design would copy."""
    copied = preview(spec, failed=True, current_design=True).copied
    return "".join(sorted(node.partition(":")[2] for nodes in copied.values() for node in nodes))


def go_on(spec: Specification, *names: str) -> Specification:
    """Resumes on today's design from what failed, or from the jobs named."""
    return resume(spec, *names, failed=not names, current_design=True)


def test_own_triggers_are_kept_unless_asked_otherwise() -> None:
    """Without the option a resume runs on the design that its run began with."""
    spec = ended(CHAIN, "T1: -> A\nT2: A -> B\nT9: B -> D", "A", "B=FAILED")
    resume(spec, "B").then("run resumed", "B started").ends("B").then("B SUCCEEDED", "T3 fired", "C started")


def test_todays_triggers_follow_a_restarted_node() -> None:
    """T3 is gone and T9 is there: D runs after B, and C is no part of the graph any more."""
    spec = go_on(ended(CHAIN, "T1: -> A\nT2: A -> B\nT9: B -> D", "A", "B=FAILED"))
    spec.then("design recorded", "run resumed", "B started")
    spec.ends("B").then("B SUCCEEDED", "T9 fired", "D started").ends("D")
    assert set(spec.graph().attempts) == {"JOB:A", "JOB:B", "JOB:D"}
    assert spec.counts() == {"Succeeded": 3}


def test_new_node_upstream_of_a_carried_one_runs_with_all_that_follows() -> None:
    """X is new between A and B: it starts at once, B and C run again after it, A is carried."""
    spec = ended(CHAIN, "T1: -> A\nT5: A -> X\nT2: X -> B\nT3: B -> C", "A", "B", "C=FAILED")
    assert carried(spec) == "A"
    go_on(spec).then("design recorded", "run resumed", "T5 fired", "X started")
    spec.ends("X").then("X SUCCEEDED", "T2 fired", "B started")


def test_new_action_of_a_fired_trigger_starts_alone() -> None:
    """T2 starts X beside B today: X starts, B's result is carried, T2 does not fire anew."""
    spec = ended(CHAIN, "T1: -> A\nT2: A -> B X\nT3: B -> C", "A", "B", "C=FAILED")
    go_on(spec).then("design recorded", "run resumed", "X started", "C started")
    assert spec.graph().fired["T2"].run_id != spec.run


def test_renamed_trigger_counts_as_fired() -> None:
    """It waits for the same and starts the same, so nothing need run for it; the one that starts C again fires."""
    spec = go_on(ended(CHAIN, "S1: -> A\nS2: A -> B\nS3: B -> C", "A", "B", "C=FAILED"))
    spec.then("design recorded", "run resumed", "S3 fired", "C started")
    assert set(spec.graph().fired) == {"S1", "S2", "S3"}
    assert spec.graph().fired["S2"].run_id == spec.graph().previous
    assert spec.graph().fired["S2"].predecessors == (("JOB:A", spec.attempts("A")[0].id),)


def test_result_that_no_trigger_would_bring_about_is_not_carried() -> None:
    """T2 waits for A to fail today: B's success has no ground, nor what followed it; only D is left to run."""
    spec = ended(
        CHAIN + "\nT4: A -> D", "T1: -> A\nT2: A=FAILED -> B\nT3: B -> C\nT4: A -> D", "A", "B", "D=FAILED", "C"
    )
    assert carried(spec) == "A"
    go_on(spec).then("design recorded", "run resumed", "D started").ends("D").then("D SUCCEEDED", "run COMPLETED")


def test_other_arguments_do_not_run_a_node_again() -> None:
    """What is carried ran with its own trigger's arguments, and still says so."""
    spec = ended("T1: -> A\nT2: A -> B", "T1: -> A\nT7: A -> B\nT8: B -> C", "A", "B=FAILED")
    go_on(spec)
    terms = spec.graph().earlier[spec.graph().previous]
    assert set(terms.design.triggers) == {"T1", "T2"}


def test_vanished_failed_node_is_dropped_and_a_vanished_pick_refused() -> None:
    """`failed` goes on without it and says why; named, it is refused."""
    spec = ended("T1: -> A B", "T1: -> A", "A=FAILED", "B=FAILED")
    forecast = preview(spec, failed=True, current_design=True)
    assert forecast.dropped == {"JOB:B": "it is not in the design of today, or nothing there would start it"}
    assert forecast.running == ("JOB:A",)
    refused(spec, (INVALID, "job 'B' is not in the design of today any more"), "B", current_design=True)


def test_pick_that_nothing_would_start_is_refused_with_the_reason() -> None:
    """Its trigger waits for what has ended otherwise."""
    spec = ended(CHAIN, "T1: -> A\nT2: A=FAILED -> B\nT3: B -> C", "A", "B=FAILED")
    reason = "trigger T2 waits for A to end FAILED, which ended SUCCEEDED"
    refused(spec, (INVALID, f"job 'B' would not start on the design of today: {reason}"), "B", current_design=True)


def test_designs_that_do_not_fit_are_refused() -> None:
    """No start trigger, none of the nodes, or nothing to do."""
    no_start = ended(CHAIN, "T2: A -> B", "A=FAILED")
    refused(no_start, (INVALID, "has no start trigger now"), failed=True, current_design=True)
    foreign = ended("T1: -> A", "T1: -> X", "A=FAILED")
    refused(foreign, (INVALID, "it has none of the jobs and crawlers that ran"), failed=True, current_design=True)
    done = ended(CHAIN, "T1: -> A\nT2: A -> B", "A", "B", "C")
    refused(done, (INVALID, "needs to run on the design of today"), failed=True, current_design=True)


def test_new_nodes_alone_are_reason_enough() -> None:
    """A run in which nothing failed goes on with what today's design has more."""
    spec = ended(CHAIN, CHAIN + "\nT4: C -> D", "A", "B", "C")
    go_on(spec).then("design recorded", "run resumed", "T4 fired", "D started")
    all_end(spec, "D")
    assert spec.counts() == {"Succeeded": 4}


def test_resumed_run_is_resumed_on_today_again() -> None:
    """A chain over three designs carries what each left."""
    spec = go_on(ended(CHAIN, "T1: -> A\nT2: A -> B\nT4: B -> D", "A", "B=FAILED")).ends("B").ends("D", "FAILED")
    redefine(spec, "T1: -> A\nT2: A -> B\nT4: B -> D\nT5: D -> E")
    go_on(spec).then("design recorded", "run resumed", "D started").ends("D").then(
        "D SUCCEEDED", "T5 fired", "E started"
    )
    assert {name: spec.attempts(name)[0].run_id for name in "AB"} == dict(zip("AB", spec.log_runs()[:2], strict=True))
