"""CloudWatch's filter patterns for plain text: which lines a reader wants.

`ERROR disk` wants both words, in any place; `?ERROR ?WARN` one of them; `-debug` none of it; quotes hold a phrase
together. Upper and lower case differ. Patterns for JSON (`{...}`), for columns (`[...]`) and regular expressions
(`%...%`) are refused.
"""

import re
from collections.abc import Callable

from daemon.errors import InvalidParameter

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
Wanted = Callable[[str], bool]


def compiled(pattern: str) -> Wanted:
    """Tells of a line whether the pattern wants it. Raises InvalidParameter."""
    if pattern.lstrip()[:1] in ("{", "[", "%"):
        raise InvalidParameter(
            f"filterPattern: '{pattern[:100]}' is a pattern for JSON, columns or regular expressions, which this daemon"
            " does not have. Use words: 'ERROR', '?ERROR ?WARN', 'ERROR -debug', '\"a phrase\"'."
        )
    kinds: dict[str, list[str]] = {"": [], "?": [], "-": []}
    for sign, term in _terms(pattern.rstrip()):
        kinds[sign].append(term)
    every, some, none = kinds[""], kinds["?"], kinds["-"]

    def wanted(line: str) -> bool:
        is_there = all(term in line for term in every) and not any(term in line for term in none)
        return is_there and (not some or bool(every) or any(term in line for term in some))

    return wanted


def _terms(pattern: str) -> list[tuple[str, str]]:
    """Sign and text of each term."""
    found, place = [], 0
    while place < len(pattern):
        match = _TERM.match(pattern, place)
        if match is None:
            raise InvalidParameter(f"filterPattern: '{pattern[:100]}' has a quotation mark that is not closed.")
        sign, phrase, word = match.groups()
        found.append((sign, re.sub(r"\\(.)", r"\1", phrase) if phrase is not None else word))
        place = match.end()
    return found
