"""Boxes over a screen: a question to confirm, a node in full, the keys."""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from daemon.cli.watching.plans import Plan

KEYS = """\
↑ ↓ PgUp PgDn Home End   move (also j k g G)
Enter                    open what is under the cursor
Esc                      back; clears the filter first
Tab                      from table to table to events
/                        filter by words
f                        failures only
Space                    pick a node to resume from
r                        resume: from the nodes picked, else from those that failed
s                        stop the run
p                        the run that this one was resumed from
?                        this help
q                        quit (also Ctrl-Q)
"""

ICONS = """\
✔ succeeded   ✘ failed   ◷ timed out   ! could not start   ■ stopped
● running     ○ waiting  · never ran   ↩ copied from that run   ↻ resumed here
━ ran or runs  ┄ waits
"""


class Box(ModalScreen[bool]):
    """A box with lines in it; closed with False."""

    DEFAULT_CSS = """
    Box { align: center middle; background: transparent; }
    Box > VerticalScroll {
        width: auto; height: auto; max-width: 96%; max-height: 96%; padding: 0 1;
        border: round ansi_default; background: ansi_default; scrollbar-size-vertical: 1;
    }
    Box Static { width: auto; max-width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,question_mark", "close", show=False)]

    def __init__(self, title: str, lines: Iterable[Text]) -> None:
        super().__init__()
        self._title = title
        self.text = Text("\n").join(lines)

    def compose(self) -> ComposeResult:
        """The box."""
        with VerticalScroll() as box:
            box.border_title = Text(f" {self._title} ", "bold").markup
            yield Static(self.text)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(False)


class Question(Box):
    """A plan to confirm; closed with True if it is to be carried out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "agree", show=False),
        Binding("n,escape,q", "close", show=False),
    ]

    def __init__(self, plan: Plan, way: str) -> None:
        asked = Text.assemble(("y", "bold"), " or ", ("Enter", "bold"), " does it, ", ("Esc", "bold"), " does not.")
        super().__init__(plan.title, [*plan.lines, Text(f"Asked for {way}.", "dim"), Text(), asked])

    def action_agree(self) -> None:
        """Yes."""
        self.dismiss(True)


def help_box() -> Box:
    """The keys and the icons."""
    return Box("Keys", [*map(Text, KEYS.splitlines()), Text(), *map(Text, ICONS.splitlines())])
