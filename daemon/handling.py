"""The one place that changes anything: decide, apply, settle, append.

A command is decided on the standing in memory; its events and all that follows from them (ripe triggers, waiting
attempts, completions) are applied there at once and queued for the log as one unit. Answers, processes and views wait
until the unit is on the disk. All of this happens on the event loop without awaiting in between, so commands never
see each other half done.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from daemon.commands import Command
from daemon.decisions.decision import Situation
from daemon.decisions.table import DECISIONS
from daemon.errors import ClientError, LogUnavailable
from daemon.journal import Journal, unavailable
from daemon.settling import settle
from events.ledger import Fact
from projections.standing import Standing

Committed = Callable[[Sequence[Fact], int], None]
"""Told of facts that are on the disk: the facts of one unit, and the position of the last."""

Failed = Callable[[Exception], None]
"""Told that the log refused a unit: what stands in memory must be read from the log again."""

Answered = Callable[[Any, Exception | None], None]
"""Gets a command's answer once its events are on the disk, or the error that kept them from it."""


class Handler:
    """Handles commands, one after another. `standing` is replaced when it had to be read anew."""

    def __init__(self, standing: Standing, journal: Journal, strict: bool) -> None:
        self.standing = standing
        self._journal = journal
        self._strict = strict
        self.on_committed: Committed = lambda facts, position: None
        self.on_failed: Failed = lambda error: None
        self._refusal: str | None = None

    @property
    def is_closed(self) -> bool:
        """Whether every command is refused."""
        return self._refusal is not None

    def close(self, refusal: str) -> None:
        """From here every command is refused with this text, which names the reason."""
        self._refusal = refusal

    def open(self) -> None:
        """Commands are decided again."""
        self._refusal = None

    async def handle(self, command: Command) -> Any:
        """Decides a command and answers when its events are on the disk. Raises the leaves of ReglueError.

        A refusal waits like any other answer: what it rests on (the name is taken) may not be on the disk yet.
        """
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def answered(answer: Any, error: Exception | None) -> None:
            if not done.cancelled():
                done.set_exception(unavailable(error)) if error else done.set_result(answer)

        try:
            self.submit(command, answered)
        except ClientError:
            await self._journal.settled()
            raise
        return await done

    def submit(self, command: Command, answered: Answered | None = None) -> None:
        """Decides a command without waiting; `answered` gets the answer, or the error, once its events' fate is known.

        Raises what the decision raises, and LogUnavailable while the log cannot be written.
        """
        if self._refusal is not None:
            raise LogUnavailable(self._refusal)
        situation = Situation(self.standing, command, self._strict)
        decision = DECISIONS[type(command)](command, situation)
        try:
            facts = settle(decision, situation)
        except Exception as error:
            self.on_failed(error)
            raise
        self._append(facts, decision.answer, answered)

    def _append(self, facts: list[Fact], answer: Any, answered: Answered | None) -> None:
        if not facts:
            self._answer_unchanged(answer, answered)
            return

        def done(position: int, error: Exception | None) -> None:
            fault = error or self._carried_out(facts, position)
            if answered is not None:
                answered(answer, error)
            if fault is not None:
                self.on_failed(fault)

        self._journal.append(facts, done)

    def _carried_out(self, facts: Sequence[Fact], position: int) -> Exception | None:
        """Has committed facts carried out. What goes wrong there must not keep other clients from their answers: the
        facts stand, and what they ask for is taken up again as after a restart."""
        try:
            self.standing.recorded(facts)
            self.on_committed(facts, position)
        except Exception as fault:
            return fault
        return None

    def _answer_unchanged(self, answer: Any, answered: Answered | None) -> None:
        """Nothing to append; but what the answer rests on must be on the disk before it is given."""
        if answered is None:
            return
        if self._journal.is_settled:
            answered(answer, None)
        else:
            self._journal.append((), lambda position, error: answered(answer, error))
