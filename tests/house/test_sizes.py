"""Sizes that keep the code readable: of functions, of modules, of parameter lists."""

import ast
from statistics import median

from tests.house.tree import ROOMS, Function, Module, functions, lines_of, modules, parsed

LONGEST_FUNCTION = 60
LONGEST_TYPICAL_FUNCTION = 10
LONGEST_MODULE = 400
MOST_PARAMETERS = 4


def parameters(node: Function) -> int:
    """How many parameters a caller has to know, `self` and `cls` left out."""
    arguments = node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    stars = sum(argument is not None for argument in (arguments.vararg, arguments.kwarg))
    return len([name for name in names if name not in ("self", "cls")]) + stars


def is_called_by_name_only(node: Function) -> bool:
    """Whether click or pytest calls the function: its parameters are options or fixtures."""
    if node.name.startswith("test_"):
        return True
    decorators = [ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list]
    return any(name.rpartition(".")[2] in ("command", "group", "option", "argument") for name in decorators)


def crowded(module: Module) -> list[str]:
    """The functions of a module with too many parameters."""
    return [
        f"{module.path}:{node.lineno} {node.name} has {parameters(node)} parameters"
        for node in functions(module)
        if parameters(node) > MOST_PARAMETERS and not is_called_by_name_only(node)
    ]


def test_no_function_is_longer_than_a_page() -> None:
    """No function or method has more lines than fit on one screen."""
    long = [
        f"{module.path}:{node.lineno} {node.name} has {lines_of(node)} lines"
        for module in modules()
        for node in functions(module)
        if lines_of(node) > LONGEST_FUNCTION
    ]
    assert not long, f"at most {LONGEST_FUNCTION} lines; take steps out: {long}"


def test_functions_are_typically_short() -> None:
    """The median function of the three packages is short."""
    lengths = [lines_of(node) for module in modules(*ROOMS) for node in functions(module)]
    assert median(lengths) <= LONGEST_TYPICAL_FUNCTION


def test_no_module_is_longer_than_a_sitting() -> None:
    """No module, test or not, has more lines than can be read at one sitting."""
    lengths = {str(module.path): len(module.text.splitlines()) for module in modules()}
    long = {path: length for path, length in lengths.items() if length > LONGEST_MODULE}
    assert not long, f"at most {LONGEST_MODULE} lines; move a part out: {long}"


def test_functions_take_few_parameters() -> None:
    """A function takes at most four parameters; more belong into a value of their own."""
    found = [finding for module in modules() for finding in crowded(module)]
    assert not found, f"at most {MOST_PARAMETERS}; group them in a msgspec.Struct or dataclass: {found}"


def test_parameters_are_counted_without_self_and_commands() -> None:
    """The rule counts keyword and starred parameters, but neither `self` nor the options of a command."""
    assert crowded(parsed("def f(a, b, /, c, *d, e): ..."))
    assert not crowded(parsed("class A:\n    def f(self, a, b, c, d): ..."))
    assert not crowded(parsed("@main.command()\ndef f(a, b, c, d, e): ..."))
