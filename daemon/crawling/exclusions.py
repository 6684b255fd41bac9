"""Glue's exclude patterns: globs over paths below the target.

`*` matches within one folder's name, `**` across folders, `?` one character, `[a-c]` and `[!a]` one of a set,
`{a,b}` one of several. A backslash takes the next character as it is.
"""

import re


def is_excluded(path: str, patterns: tuple[re.Pattern[str], ...]) -> bool:
    """Whether any pattern matches a path that is relative to the target."""
    return any(pattern.fullmatch(path) for pattern in patterns)


def compiled(patterns: list[str]) -> tuple[re.Pattern[str], ...]:
    """The patterns as regular expressions; empty ones match nothing and are left out."""
    return tuple(_compiled(pattern) for pattern in patterns if pattern)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile("".join(_pieces(pattern.lstrip("/"))), re.DOTALL)
    except re.error as error:
        raise ValueError(f"The exclude pattern {pattern!r} cannot be read: {error}.") from error


_TOKENS = re.compile(r"\*\*|\*|\?|\\.|\[(!?)((?:\\.|[^\]])+)\]|\{|\}|,|.", re.DOTALL)
_FIXED = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def _pieces(pattern: str) -> list[str]:
    depth = 0
    pieces: list[str] = []
    for match in _TOKENS.finditer(pattern):
        token = match[0]
        if token in _FIXED:
            pieces.append(_FIXED[token])
        elif len(token) > 2 and token[0] == "[":
            pieces.append(f"(?!/)[{'^' if match[1] else ''}{match[2]}]")
        elif token == "{":
            depth += 1
            pieces.append("(?:")
        elif token == "}" and depth:
            depth -= 1
            pieces.append(")")
        elif token == "," and depth:
            pieces.append("|")
        else:
            pieces.append(re.escape(token[1:] if token[0] == "\\" and len(token) == 2 else token))
    return pieces
