"""The project as the house rules see it: its Python files, parsed once, and all its tracked files."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ROOMS = ("events", "projections", "daemon")
"""The packages that are installed, lowest first."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """One Python file: `path` is relative to the checkout."""

    path: Path
    text: str
    tree: ast.Module


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The Python files below these folders of the checkout, by path; all of ours if none is named."""
    files = sorted(file for folder in folders or (*ROOMS, "tests") for file in (ROOT / folder).rglob("*.py"))
    return tuple(_parsed(file) for file in files)


def _parsed(file: Path) -> Module:
    text = file.read_text(encoding="utf-8")
    return Module(file.relative_to(ROOT), text, ast.parse(text, filename=str(file)))


def functions(module: Module) -> Iterator[Function]:
    """Every function and method of a module, nested ones included."""
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a module with what it calls as a dotted text, such as `self.journal.append`."""
    return ((ast.unparse(node.func), node) for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def lines_of(node: Function) -> int:
    """A function's lines from `def` to its end, without its docstring: saying more about it is no fault."""
    docstring = node.body[0] if ast.get_docstring(node) else None
    return _lines(node) - (_lines(docstring) if docstring else 0)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def parsed(text: str, path: str = "example.py") -> Module:
    """A module that is not on the disk, to try a rule on."""
    return Module(Path(path), text, ast.parse(text))


@cache
def project_files() -> tuple[Path, ...]:
    """What belongs to the project: files git tracks or would track, relative to the checkout."""
    # CI may check out as another user than it runs as; git refuses such a folder unless told that it is safe.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(sorted(Path(name) for name in set(listed.split("\0")) if name and (ROOT / name).is_file()))


def documentation() -> str:
    """README and every page in docs/, as one text."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)
