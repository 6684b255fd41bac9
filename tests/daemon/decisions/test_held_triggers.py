"""Triggers of a resumed run whose condition a copied node meets from the start: they wait for what was restarted."""

from typing import Any

from daemon import commands
from tests.daemon.decisions.specification import Specification, all_end

ANY = "T1: -> A B\nT2: A | B -> C"


def resumed_from_b(text: str = ANY) -> Specification:
    """A succeeded, B failed; resumed from B."""
    spec = Specification(text).start()
    spec.ends("A").ends("B", "FAILED")
    if spec.graph().is_active:
        spec.ends("C")
    return spec.resume("B")


def test_trigger_waits_for_the_restarted_node() -> None:
    """ANY(A, B) does not fire at the resume from B although A is copied as SUCCEEDED."""
    spec = resumed_from_b().then("run resumed", "B started")
    assert list(spec.graph().held) == ["T2"]
    spec.ends("B").then("B SUCCEEDED", "T2 fired", "C started")
    assert [node for node, _ in spec.graph().fired["T2"].predecessors] == ["JOB:A", "JOB:B"]


def test_trigger_fires_when_the_restarted_node_fails() -> None:
    """A's copied result meets the condition alone, once B has ended badly."""
    spec = resumed_from_b().ends("B", "FAILED").then("B FAILED", "T2 fired", "C started")
    assert [node for node, _ in spec.graph().fired["T2"].predecessors] == ["JOB:A"]
    spec.ends("C").then("C SUCCEEDED", "run COMPLETED")


def test_trigger_fires_when_nothing_else_will_come() -> None:
    """A held trigger whose other node does not run again fires when nothing is under way any more."""
    text = "T1: -> A B\nT2: B -> M\nT3: A | M -> C"
    spec = Specification(text).start()
    all_end(spec, "ABCM")
    spec.resume("B").then("run resumed", "B started")
    spec.ends("B", "FAILED").then("B FAILED", "T3 fired", "C started")


def test_trigger_waits_for_a_node_further_down() -> None:
    """It sees what the node it watches brings, however late that runs."""
    text = "T1: -> A B\nT2: B -> M\nT3: A | M -> C"
    spec = Specification(text).start()
    all_end(spec, "ABCM")
    spec.resume("B").ends("B").then("B SUCCEEDED", "T2 fired", "M started")
    spec.ends("M").then("M SUCCEEDED", "T3 fired", "C started")


def test_held_triggers_fire_one_at_a_time() -> None:
    """One fires, in order of name, and the next waits for what that brings."""
    names = [f"T{number}" for number in range(10, 30)]
    lines = "\n".join(f"{name}: A | M -> K{name}" for name in names)
    spec = Specification(f"T1: -> A B\nT2: B=TIMEOUT -> M\n{lines}").start()
    spec.ends("A").ends("B", "FAILED")
    all_end(spec, [f"K{name}" for name in names])
    spec.resume("B")
    assert list(spec.graph().held) == names
    spec.ends("B", "FAILED").then("B FAILED", "T10 fired", "KT10 started")
    spec.ends("KT10").then("KT10 SUCCEEDED", "T11 fired", "KT11 started")


def test_and_is_never_held() -> None:
    """AND over a copied and a restarted node lacks the restarted one."""
    spec = resumed_from_b("T1: -> A B\nT2: A & B -> C").then("run resumed", "B started")
    assert not spec.graph().held


def test_stop_drops_held_triggers() -> None:
    """Nothing fires in a run that is being stopped, held or not."""
    spec = resumed_from_b()
    spec.when(*stop_of(spec)).then("run to stop", "B to end as STOPPED")
    spec.ends("B", "STOPPED").then("B STOPPED", "run STOPPED")


def test_trigger_that_is_not_activated_is_not_held() -> None:
    """A trigger that cannot fire does not wait either."""
    spec = resumed_from_b("T1: -> A B\nT2 CREATED: A | B -> C")
    assert not spec.graph().held
    spec.ends("B").then("B SUCCEEDED", "run COMPLETED")


def stop_of(spec: Specification) -> tuple[Any, ...]:
    """The command that stops the run."""
    return commands.StopRun, "W", spec.run
