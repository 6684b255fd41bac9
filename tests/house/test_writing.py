"""How modules are written: documented, imports on top, nothing named after nothing, tests that do not sleep."""

import ast
from pathlib import PurePath

from tests.house.tree import Module, calls, functions, modules, parsed

VAGUE = {"utils", "util", "common", "manager", "managers", "helper", "helpers", "base", "models", "misc"}
VAGUE_ENDINGS = ("Utils", "Manager", "Helper", "Helpers", "Base")


def nested_imports(module: Module) -> list[str]:
    """The imports inside functions, which hide what a module needs."""
    return [
        f"{module.path}:{node.lineno}"
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def sleeps(module: Module) -> list[str]:
    """The calls that let time pass; `asyncio.sleep(0)` only lets others run."""
    return [
        f"{module.path}:{call.lineno} {ast.unparse(call)}"
        for name, call in calls(module)
        if name.rpartition(".")[2] == "sleep" and [ast.unparse(argument) for argument in call.args] != ["0"]
    ]


def vague_names(module: Module) -> list[str]:
    """The names of module, folders and classes that say nothing about what is inside."""
    classes = [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    found = [name for name in classes if name.lower() in VAGUE or name.endswith(VAGUE_ENDINGS)]
    found += [part for part in PurePath(module.path).with_suffix("").parts if part in VAGUE]
    return [f"{module.path}: {name}" for name in found]


def test_every_module_says_what_it_is() -> None:
    """Each module that holds anything opens with a docstring."""
    silent = [str(module.path) for module in modules() if module.tree.body and not ast.get_docstring(module.tree)]
    assert not silent, f"say in the first lines what lives there and why: {silent}"


def test_every_test_says_what_it_holds() -> None:
    """Each test function has a docstring: the sentence that it proves."""
    silent = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules("tests")
        for node in functions(module)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not silent, f"write the sentence that the test proves: {silent}"


def test_every_test_folder_is_a_package() -> None:
    """Each folder below tests/ has an `__init__.py`, else tests/events would shadow events."""
    folders = {module.path.parent for module in modules("tests")}
    packages = {module.path.parent for module in modules("tests") if module.path.name == "__init__.py"}
    assert folders == packages


def test_imports_stand_on_top() -> None:
    """No function imports anything."""
    found = [finding for module in modules() for finding in nested_imports(module)]
    assert not found, f"move to the top of the module: {found}"


def test_names_say_something() -> None:
    """No module, folder or class has a name that would fit anything."""
    found = [finding for module in modules() for finding in vague_names(module)]
    assert not found, f"name it after what it does: {found}"


def test_tests_do_not_sleep() -> None:
    """No test lets time pass; it waits for a signal with a deadline."""
    found = [finding for module in modules("tests") for finding in sleeps(module)]
    assert not found, f"wait for the event itself: {found}"


def test_rules_find_what_they_look_for() -> None:
    """Each rule of this module finds a made-up breach and lets a made-up proper case pass."""
    assert nested_imports(parsed("def f():\n    import os"))
    assert not nested_imports(parsed("import os"))
    assert sleeps(parsed("time.sleep(0.1)"))
    assert sleeps(parsed("async def f():\n    await asyncio.sleep(delay)"))
    assert not sleeps(parsed("async def f():\n    await asyncio.sleep(0)"))
    assert vague_names(parsed("class RunManager: ..."))
    assert vague_names(parsed("", "daemon/utils/text.py"))
    assert not vague_names(parsed("class Baseline: ...", "daemon/journal.py"))
