"""Schedules that come due: what a firing starts, when a moment counts, and when it does not."""

from typing import Any, Self

import pytest

from daemon import commands
from daemon.crawler_commands import DefineCrawler
from daemon.schedule_commands import FireSchedule
from events.schedules import ScheduleFired
from events.vocabulary import Action, Cause, TriggerDefinition, crawl_stream
from projections.schedules import Schedule
from tests.daemon.cron_table import millis
from tests.daemon.decisions.specification import JobBodies, Specification, limited

EVENING = millis("2024-05-01 18:00")
MIDNIGHT = millis("2024-05-02 00:00")
NEXT_MIDNIGHT = millis("2024-05-03 00:00")
NIGHTLY, HOURLY = "cron(0 0 * * ? *)", "cron(0 * * * ? *)"
FIRED = ("schedule fired", "design recorded", "run started", "T1 fired", "J1 started")
LATE = 5_000
JOB_AND_CRAWLER = [{"JobName": "J1"}, {"CrawlerName": "C1"}]


class Scheduled(Specification):
    """A scheduled trigger T1 that starts J1, in the workflow W unless told, activated in the evening."""

    def __init__(self, workflow: str = "W", bodies: JobBodies | None = None, **limits: Any) -> None:
        super().__init__()
        self.at = EVENING
        self.when(commands.DefineWorkflow, "W", limits)
        for job, body in (bodies or {"J1": {}}).items():
            self.when(commands.DefineJob, job, body)
        actions = tuple(Action(job, {"--by": "T1"}) for job in bodies or ("J1",))
        self.trigger = TriggerDefinition("T1", "SCHEDULED", workflow, schedule=NIGHTLY, actions=actions)
        self.when(commands.DefineTrigger, self.trigger, True)

    def fire(self, due: int = MIDNIGHT, late: int = LATE, *, catch_up: bool = False) -> Self:
        """The clock asks for a firing, some milliseconds after it was due."""
        self.at = due + late - 1_000
        return self.when(FireSchedule, "trigger", "T1", due, catch_up)

    @property
    def schedule(self) -> Schedule:
        """Where the trigger's schedule stands."""
        definition = self.standing.designs.trigger("T1")
        assert definition is not None
        assert definition.schedule is not None
        return definition.schedule

    @property
    def firing(self) -> ScheduleFired:
        """What was recorded of the firing."""
        (event,) = [fact.event for fact in self.facts if isinstance(fact.event, ScheduleFired)]
        return event


def test_a_firing_starts_a_run() -> None:
    """In one unit; the run names the schedule's trigger and the moment, and the firing names the run."""
    spec = Scheduled().fire().then(*FIRED)
    (run,) = spec.answer
    assert spec.graph(run).cause == Cause("SCHEDULE", "T1", due=MIDNIGHT)
    assert spec.firing == ScheduleFired(MIDNIGHT + LATE, "api:test", MIDNIGHT, started=(run,))
    assert spec.schedule == Schedule(NIGHTLY, MIDNIGHT, spec.firing)


def test_a_moment_counts_once() -> None:
    """Asked for again, also as a catch-up, it starts nothing; the next one does."""
    spec = Scheduled().fire()
    spec.fire().then()
    spec.fire(catch_up=True).then()
    spec.fire(NEXT_MIDNIGHT).then("schedule fired", "run started", "T1 fired", "J1 waits")


def test_a_catch_up_stands_for_all_that_were_missed() -> None:
    """It is recorded as one, with the first moment that was missed, and none of those fires later."""
    spec = Scheduled().fire(NEXT_MIDNIGHT, catch_up=True)
    assert (spec.firing.catch_up, spec.firing.missed_since) == (True, MIDNIGHT)
    spec.fire(MIDNIGHT).then()


@pytest.mark.parametrize(
    ("due", "late"),
    [(MIDNIGHT + 60_000, 0), (EVENING - 18 * 3_600_000, LATE), (MIDNIGHT, -1)],
    ids=["no moment of the schedule", "before the activation", "not yet"],
)
def test_other_moments_do_not_count(due: int, late: int) -> None:
    """A moment must be one of the schedule's, later than its activation, and have come."""
    Scheduled().fire(due, late).then()


@pytest.mark.parametrize("command", [commands.StopTrigger, commands.RemoveTrigger])
def test_stopped_and_deleted_triggers_are_silent(command: type[commands.Command]) -> None:
    """Nothing comes of a moment after the trigger was deactivated or deleted."""
    spec = Scheduled()
    spec.when(command, "T1")
    assert not spec.standing.designs.scheduled()
    spec.fire().then()


def test_a_created_trigger_is_silent() -> None:
    """Glue fires only activated triggers; the moments before the activation are not caught up with."""
    spec = Scheduled()
    spec.when(commands.RemoveTrigger, "T1").when(commands.DefineTrigger, spec.trigger)
    spec.fire().then()
    spec.when(commands.StartTrigger, "T1")
    spec.fire(catch_up=True).then()
    spec.fire(NEXT_MIDNIGHT).then(*FIRED)


def test_an_activation_begins_anew() -> None:
    """Moments that passed while the trigger was deactivated are not caught up with; its last firing is still known."""
    spec = Scheduled().fire()
    last = spec.firing
    spec.when(commands.StopTrigger, "T1")
    spec.at = NEXT_MIDNIGHT + 3_600_000
    spec.when(commands.StartTrigger, "T1")
    assert spec.schedule == Schedule(NIGHTLY, spec.at, last)
    spec.fire(NEXT_MIDNIGHT, 2 * 3_600_000, catch_up=True).then()


def test_another_schedule_counts_from_its_change() -> None:
    """An update reschedules; one that leaves the schedule as it is changes no moment."""
    spec = Scheduled()
    spec.when(commands.ChangeTrigger, "T1", {"Schedule": NIGHTLY, "Actions": [{"JobName": "J1"}], "Description": "x"})
    assert spec.schedule.since < spec.at
    spec.at = millis("2024-05-01 20:30")
    spec.when(commands.ChangeTrigger, "T1", {"Schedule": HOURLY, "Actions": [{"JobName": "J1"}]})
    spec.fire(millis("2024-05-01 20:00"), 3_600_000).then()
    spec.fire(millis("2024-05-01 21:00")).then(*FIRED)


def test_a_workflow_at_its_limit_leaves_a_run_in_error() -> None:
    """With Glue's message, in the same unit; it does not count as active and cannot be resumed."""
    spec = Scheduled(MaxConcurrentRuns=1).fire()
    (first,) = spec.answer
    spec.fire(NEXT_MIDNIGHT).then("schedule fired", "run started", "run ERROR")
    (refused,) = spec.answer
    graph = spec.graph(refused)
    assert (graph.status, graph.error) == ("ERROR", "Concurrent runs exceeded for workflow: W.")
    assert "MaxConcurrentRuns of 1" in (spec.firing.error or "")
    assert (spec.standing.active_runs("W"), list(spec.standing.runs)) == (1, [first])
    spec.then_refused("IllegalWorkflowStateException", "is ERROR", *spec.resuming("J1", run=refused))


def test_a_workflow_that_is_gone() -> None:
    """The firing is recorded with the reason, and starts nothing."""
    spec = Scheduled()
    spec.when(commands.RemoveWorkflow, "W")
    spec.fire().then("schedule fired")
    assert spec.firing.error == "Workflow 'W' does not exist. Create it, or delete the trigger."


def test_outside_of_workflows_each_action_is_a_job_run() -> None:
    """With the action's arguments, the trigger's name and the cause."""
    spec = Scheduled("", bodies={"J1": {}, "J2": {}}).fire()
    spec.then("schedule fired", "job run requested", "J1 started", "job run requested", "J2 started")
    first, second = (spec.graph(run) for run in spec.answer)
    assert (first.overrides, first.cause) == ({"Arguments": {"--by": "T1"}}, Cause("SCHEDULE", "T1", due=MIDNIGHT))
    assert [attempt.trigger for attempt in spec.attempts("J2", second.run_id)] == ["T1"]


def test_a_job_at_its_limit_fails_outside_of_workflows() -> None:
    """Glue: "exceeded its maximum allowed concurrent runs"; a job whose runs are queued waits instead."""
    spec = Scheduled("", bodies=limited("J1") | limited("J2", JobRunQueuingEnabled=True)).fire()
    spec.fire(NEXT_MIDNIGHT)
    spec.then(
        "schedule fired", "job run requested", "J1 refused FAILED", "job run requested", "J2 waits", "run COMPLETED"
    )
    assert spec.attempts("J1", spec.answer[0])[0].error == "Max concurrent runs exceeded"


def test_the_same_job_twice_in_one_firing() -> None:
    """It starts once, as within a workflow."""
    spec = Scheduled("", bodies=limited("J1"))
    spec.when(commands.ChangeTrigger, "T1", {"Schedule": NIGHTLY, "Actions": [{"JobName": "J1"}, {"JobName": "J1"}]})
    spec.fire().then("schedule fired", "job run requested", "J1 started")


def test_what_is_gone_leaves_runs_in_error() -> None:
    """A job or a crawler that is not defined is seen in a run of its own."""
    spec = Scheduled("")
    spec.when(commands.RemoveJob, "J1")
    spec.when(commands.ChangeTrigger, "T1", {"Schedule": NIGHTLY, "Actions": JOB_AND_CRAWLER})
    spec.fire()
    assert spec.happened == [
        "schedule fired",
        *("job run requested", "J1 refused ERROR", "CrawlRequested", "C1 refused ERROR"),
        *("run COMPLETED", "run COMPLETED"),
    ]


def test_a_firing_says_what_it_could_not_start() -> None:
    """As a workflow's does: who lists the schedules need not look into each run."""
    spec = Scheduled("", bodies={"J1": {}, "J2": {}}).when(commands.RemoveJob, "J2").fire()
    assert spec.firing.error == "J2: Job 'J2' is not defined"
    spec = Scheduled("", bodies=limited("J1")).fire()
    assert spec.firing.error is None
    spec.fire(NEXT_MIDNIGHT)
    assert spec.firing.error == "J1: Max concurrent runs exceeded"


def test_a_crawler_is_started_outside_of_workflows() -> None:
    """Beside the job, as a crawl with the schedule for its cause; not again while it runs."""
    spec = Scheduled("").when(DefineCrawler, "C1", {})
    spec.when(commands.ChangeTrigger, "T1", {"Schedule": NIGHTLY, "Actions": JOB_AND_CRAWLER})
    spec.fire().then("schedule fired", "job run requested", "J1 started", "CrawlRequested", "C1 started")
    assert spec.graph(crawl_stream(spec.answer[1])).cause == Cause("SCHEDULE", "T1", due=MIDNIGHT)
    spec.fire(NEXT_MIDNIGHT)
    assert "C1 refused ERROR" in spec.happened
