"""The monitor used as a person does: keys in, what is on the screen out."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from daemon.cli.watching.daemon_reads import DaemonReads
from daemon.cli.watching.fold import Message
from daemon.cli.watching.lines import Scope
from daemon.cli.watching.screens.app import Monitor
from tests.corridor.waiting import DEADLINE_SECONDS
from tests.daemon.cli.conftest import Answers
from tests.daemon.cli.sample_documents import FIRST, SECOND, partly_failed, resumed
from tests.daemon.cli.watching.playing import Played
from tests.daemon.cli.watching.story import Story, run_id

NOBODY = "http://127.0.0.1:1"
R1, R2 = run_id(1), run_id(2)
NARROW, WIDE = (80, 24), (200, 60)

Walk = Callable[["Visit"], Awaitable[None]]


class Visit:
    """A monitor on a screen that nobody sees."""

    def __init__(self, pilot: Pilot[None], played: Played) -> None:
        self.pilot = pilot
        self.played = played

    @property
    def screen(self) -> list[str]:
        """The lines on the screen."""
        # The compositor's own lines, as the terminal would get them.
        strips = self.pilot.app.screen._compositor.render_strips()
        return ["".join(part.text for part in strip).rstrip() for strip in strips]

    async def press(self, *keys: str) -> None:
        """Type."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def sees(self, words: str) -> str:
        """The line with these words, as soon as there is one."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            found = [line for line in self.screen if words in line]
            if found:
                return found[0]
            assert time.monotonic() < deadline, "\n".join([f"There is no {words!r} on:", *self.screen])
            await self.pilot.pause(0.02)

    async def no_longer_sees(self, words: str) -> None:
        """As soon as no line has these words."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while any(words in line for line in self.screen):
            assert time.monotonic() < deadline, "\n".join([f"There still is {words!r} on:", *self.screen])
            await self.pilot.pause(0.02)


def visited(walk: Walk, messages: Sequence[Message], size: tuple[int, int] = NARROW, **more: Any) -> None:
    """Walk through a monitor that got these messages. `endpoint` is the daemon, `scope` what is watched."""

    async def visit() -> None:
        played = Played(messages)
        app = Monitor(played, DaemonReads(more.get("endpoint", NOBODY)), more.get("scope", Scope()))
        async with app.run_test(size=size, notifications=True) as pilot:
            await walk(Visit(pilot, played))

    asyncio.run(visit())


def failed_story(run: str = R1) -> Story:
    """W1 with J1 good, J2 failed, J3 to J5 never run, as a daemon that is online has published it."""
    story = Story()
    story.daemon()
    story.start(run)
    story.begin(run, "J1")
    story.end(run, "J1")
    story.begin(run, "J2")
    story.end(run, "J2", "FAILED", "orders.csv has not arrived")
    story.complete(run)
    story.run_state(run)
    story.workflow_state(run)
    story.head()
    return story


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_the_overview_leads_to_a_workflow_and_a_run(size: tuple[int, int]) -> None:
    """Enter goes from the workflow to its run to the node with its error; Escape goes back."""

    async def walk(visit: Visit) -> None:
        assert "PARTLY FAILED" in await visit.sees("W1")
        await visit.sees("● live")
        await visit.press("enter")
        await visit.sees("Older runs are not shown")
        await visit.press("enter")
        assert "orders.csv has not arrived" in await visit.sees("✘ J2 ")
        await visit.sees("1 failed:")
        await visit.press("down", "enter")
        await visit.sees("attempt 1")
        await visit.sees("reglue logs jr_" if size == WIDE else "logs jr_")
        await visit.press("escape", "escape", "escape")
        await visit.sees("WORKFLOW")

    visited(walk, failed_story().messages, size)


def test_a_run_is_live() -> None:
    """What happens shows by itself: nodes, counts, events, the end."""
    story = Story(nodes=("J1", "J2"))
    story.daemon()
    story.start(R1)
    story.run_state(R1)

    async def walk(visit: Visit) -> None:
        await visit.sees("never ran")
        visit.played.push(story.begin(R1, "J1"))
        line = await visit.sees("● J1    RUNNING")
        assert line.endswith("━")
        visit.played.push(story.end(R1, "J1"), story.begin(R1, "J2"), story.end(R1, "J2"), story.complete(R1))
        await visit.sees("SUCCEEDED  COMPLETED")
        await visit.sees("✔ run ended: SUCCEEDED")

    visited(walk, story.messages.copy(), scope=Scope(run=R1))


def test_filters_narrow_what_is_shown() -> None:
    """`/` filters by words, `f` shows failures alone, Escape shows everything again."""

    async def walk(visit: Visit) -> None:
        await visit.sees("J5")
        await visit.press("f")
        await visit.no_longer_sees("J5")
        await visit.sees("failures only")
        await visit.press("escape")
        await visit.sees("J5")
        await visit.press("slash", *"never", "enter")
        await visit.no_longer_sees("J1             ")
        await visit.sees("/never")
        await visit.press("escape")
        await visit.sees("✔ J1")

    visited(walk, failed_story().messages, scope=Scope(run=R1))


def test_pages_are_painted_while_they_come_and_go() -> None:
    """A message that comes between two pages, or into one that is half there, breaks nothing."""

    async def walk(visit: Visit) -> None:
        app: Any = visit.pilot.app
        await visit.sees("W1")
        for key in ("enter", "enter", "escape", "escape") * 3:
            page = app.screen
            await visit.pilot.press(key)
            for one in {page, app.screen}:
                one.paint()
        await visit.sees("WORKFLOW")

    visited(walk, failed_story().messages)


def test_a_page_without_widgets_paints_nothing() -> None:
    """The clock may tick when a page is known to the app and its widgets are gone."""

    async def walk(visit: Visit) -> None:
        await visit.sees("W1")
        page: Any = visit.pilot.app.screen
        await page.query("*").remove()
        page.paint()

    visited(walk, failed_story().messages)


def test_help_and_leaving() -> None:
    """`?` lists the keys, `q` closes it; `q` on a page leaves with 0."""

    async def walk(visit: Visit) -> None:
        await visit.sees("W1")
        await visit.press("question_mark")
        await visit.sees("pick a node to resume from")
        await visit.press("q")
        await visit.no_longer_sees("pick a node to resume from")
        await visit.press("q")
        assert visit.pilot.app.return_code == 0

    visited(walk, failed_story().messages)


def test_a_resume_asks_first_and_opens_the_new_run(answers: Answers) -> None:
    """`r` tells what will happen and by which way; agreed, it asks the daemon and shows the new run."""
    answers.lay_down(f"/v1/runs/{FIRST}", partly_failed())
    answers.lay_down(f"/v1/runs/{SECOND}", resumed())
    done = {"run_id": SECOND, "starting": ["JOB:J2"], "redundant": []}
    answers.lay_down(f"/v1/runs/{FIRST}/resume", done)

    async def walk(visit: Visit) -> None:
        await visit.sees("2 failed, 2 never ran because of them:")
        await visit.press("r")
        await visit.sees("starts again at J2, J3 (2 failed)")
        await visit.sees(f"over HTTP to {answers.url}")
        await visit.press("escape")
        assert not [path for _, path, _ in answers.requests if path.endswith("/resume")]
        await visit.press("down", "space", "r")
        await visit.sees("starts again at J2 (1 picked)")
        await visit.press("y")
        await visit.sees("↩ resumed from")
        ((_, _, body),) = [request for request in answers.requests if request[1].endswith("/resume")]
        assert msgspec.json.decode(body) == {"nodes": ["JOB:J2"], "allow_stopped": False}
        await visit.press("p")
        await visit.sees("PARTLY FAILED")

    visited(walk, [Story().daemon()], WIDE, endpoint=answers.url, scope=Scope(run=FIRST))


def test_a_stop_goes_to_the_daemon(answers: Answers) -> None:
    """`s` asks, and then stops the run over the Glue wire; a refusal is shown with its reason."""
    running = partly_failed() | {"status": "RUNNING", "outcome": "RUNNING", "completed_at": None}
    answers.lay_down(f"/v1/runs/{FIRST}", running)
    answers.lay_down("StopWorkflowRun", {"__type": "EntityNotFoundException", "Message": "It is gone."}, 400)

    async def walk(visit: Visit) -> None:
        await visit.sees("RUNNING")
        await visit.press("s")
        await visit.sees("Nothing more starts in it.")
        await visit.press("enter")
        await visit.sees("It is gone.")
        answers.lay_down("StopWorkflowRun", {})
        await visit.press("s", "y")
        await visit.sees("It is being stopped.")

    visited(walk, [Story().daemon()], WIDE, endpoint=answers.url, scope=Scope(run=FIRST))


def test_a_lost_broker_and_a_gone_daemon_are_said() -> None:
    """What is on the screen may be old: the line on top says since when and why."""
    story = failed_story()

    async def walk(visit: Visit) -> None:
        await visit.sees("● live")
        visit.played.push(story.daemon("offline"))
        await visit.sees("the daemon is gone from the broker")
        visit.played.lose("Connection refused")
        await visit.sees("no broker for")

    visited(walk, story.messages.copy())


def test_missing_events_are_asked_of_the_daemon(answers: Answers) -> None:
    """A gap is filled over HTTP, and the screen is live again."""
    story = failed_story()
    events = [message for message in story.messages if "/events/" in message.topic]
    left_out = [message for message in story.messages if message is not events[2]]
    page = {"events": [msgspec.Raw(events[2].payload)]}
    answers.lay_down("/v1/events?after=2&limit=1", page)

    async def walk(visit: Visit) -> None:
        await visit.sees("1 event missing")
        await visit.sees("● live")
        await visit.sees("✔ J1 SUCCEEDED")

    visited(walk, left_out, endpoint=answers.url)


def test_events_that_cannot_be_had_are_said_to_be_lost() -> None:
    """Where the daemon does not answer, the monitor says which events it never saw."""
    story = failed_story()
    events = [message for message in story.messages if "/events/" in message.topic]

    async def walk(visit: Visit) -> None:
        await visit.sees("Events 3 to 3 are missing here")
        await visit.sees("● live, but 1 event never came")

    visited(walk, [message for message in story.messages if message is not events[2]])


def test_an_unknown_run_says_how_to_see_it() -> None:
    """Neither the broker nor the daemon knows the run: the page says what to type where the daemon answers."""

    async def walk(visit: Visit) -> None:
        await visit.sees("No daemon answers")
        await visit.sees(f"show {R2[:20]}")

    visited(walk, [Story().daemon()], WIDE, scope=Scope(run=R2))


def test_a_beginning_of_an_id_is_enough() -> None:
    """Without the daemon, the broker's runs are searched for the one that is meant."""

    async def walk(visit: Visit) -> None:
        await visit.sees("orders.csv has not arrived")

    visited(walk, failed_story().messages, scope=Scope(run=R1[:16]))


def test_a_burst_is_painted_ten_times_a_second_at_most() -> None:
    """Thousands of events in one go do not make thousands of screens."""
    story = Story(nodes=[f"J{number}" for number in range(1000)])
    story.daemon()
    story.start(R1)
    story.run_state(R1)
    first = len(story.messages)
    for node in story.nodes:
        story.begin(R1, node)
        story.end(R1, node)

    async def walk(visit: Visit) -> None:
        await visit.sees("J0")
        painted: list[float] = []
        page: Any = visit.pilot.app.screen
        paint = page.paint

        def noted() -> None:
            painted.append(time.monotonic())
            paint()

        page.paint = noted
        visit.played.push(*story.messages[first:])
        await visit.sees("1000✔")
        assert len(painted) <= 10 * (painted[-1] - painted[0]) + 2

    visited(walk, story.messages[:first], WIDE, scope=Scope(run=R1))
