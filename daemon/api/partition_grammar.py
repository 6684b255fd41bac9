"""The grammar of GetPartitions' Expression, read by recursive descent.

    condition  = conjunct {OR conjunct}
    conjunct   = term {AND term}
    term       = {NOT} ( "(" condition ")" | predicate )
    predicate  = key (=|<>|!=|<|<=|>|>=) literal  |  literal (=|...) key
               | key [NOT] IN "(" literal {"," literal} ")"
               | key [NOT] BETWEEN literal AND literal
               | key [NOT] LIKE 'text'
               | key IS [NOT] NULL
    literal    = 'text' | number | DATE 'text' | TIMESTAMP 'text' | TRUE | FALSE

Words are read in any case; a key may stand in backquotes or double quotes.
"""

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple, NoReturn

from daemon.api.partition_types import TYPES, Key, Literal
from daemon.errors import InvalidInput

Trial = Callable[[tuple[str, ...]], bool | None]
"""A test of a partition's values; None if that cannot be known."""

DEEPEST = 50
"""How many parentheses may be open at once."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<quoted>`[^`]+`|\"[^\"]+\")|(?P<word>[^\W\d]\w*)|(?P<sign><=|>=|<>|!=|==|[=<>(),]))"
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "==": eq,
    "!=": ne,
    "<>": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_RESERVED = ("AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL")


class Token(NamedTuple):
    """A piece of the expression; `kind` is text, number, quoted, word, sign, or end."""

    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        """A word or sign as the grammar knows it; empty for values and quoted names."""
        return self.text.upper() if self.kind in ("word", "sign") else ""


class Grammar:
    """Reads one expression over the keys that it may name."""

    def __init__(self, expression: str, keys: dict[str, Key]) -> None:
        self._expression = expression
        self._keys = keys
        self._tokens = self._split()
        self._at = 0
        self._depth = 0

    def condition(self) -> Trial:
        """The whole expression. Raises InvalidInput with the place of what is not understood."""
        trial = self._either()
        if self._token.kind != "end":
            self._refuse("AND, OR or the end")
        return trial

    def _split(self) -> list[Token]:
        tokens, place = [], 0
        end = len(self._expression.rstrip())
        while place < end:
            match = _TOKEN.match(self._expression, place)
            if match is None or match.lastgroup is None:
                blanks = len(self._expression[place:]) - len(self._expression[place:].lstrip())
                what = "the closing quote of a text" if self._expression[place + blanks] == "'" else "a key or a value"
                self._refuse(what, place + blanks)
            tokens.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            place = match.end()
        return [*tokens, Token("end", "", end)]

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _took(self, *words: str) -> str:
        """The word or sign that comes next if it is one of these, which is then behind us; else nothing."""
        word = self._token.word
        if word and word in words:
            self._at += 1
            return word
        return ""

    def _expect(self, word: str) -> None:
        if not self._took(word):
            self._refuse(word)

    def _either(self) -> Trial:
        trials = [self._both()]
        while self._took("OR"):
            trials.append(self._both())
        return trials[0] if len(trials) == 1 else _any(trials)

    def _both(self) -> Trial:
        trials = [self._term()]
        while self._took("AND"):
            trials.append(self._term())
        return trials[0] if len(trials) == 1 else _all(trials)

    def _term(self) -> Trial:
        negated = False
        while self._took("NOT"):
            negated = not negated
        trial = self._enclosed() if self._took("(") else self._predicate()
        return _not(trial) if negated else trial

    def _enclosed(self) -> Trial:
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse(f"no more than {DEEPEST} parentheses open at once")
        trial = self._either()
        self._expect(")")
        self._depth -= 1
        return trial

    def _predicate(self) -> Trial:
        literal = self._literal_if_any()
        if literal is not None:
            operator = self._operator()
            return self._compared(self._key(), _TURNED.get(operator, operator), literal)
        key = self._key()
        if self._took("IS"):
            is_null = not self._took("NOT")
            self._expect("NULL")
            return lambda values: (key.text_in(values) is None) is is_null
        negated = bool(self._took("NOT"))
        trial = self._membership(key) or self._range(key) or self._likeness(key)
        if trial is None and negated:
            self._refuse("IN, BETWEEN or LIKE")
        if trial is None:
            operator = self._operator()
            return self._compared(key, operator, self._literal())
        return _not(trial) if negated else trial

    def _membership(self, key: Key) -> Trial | None:
        if not self._took("IN"):
            return None
        self._expect("(")
        literals = [self._literal()]
        while self._took(","):
            literals.append(self._literal())
        self._expect(")")
        key = key.compared_with(*literals)
        wanted = {self._value(key, literal) for literal in literals}
        return lambda values: None if (found := key.value_in(values)) is None else found in wanted

    def _range(self, key: Key) -> Trial | None:
        if not self._took("BETWEEN"):
            return None
        lowest = self._literal()
        self._expect("AND")
        highest = self._literal()
        key = key.compared_with(lowest, highest)
        low, high = self._value(key, lowest), self._value(key, highest)
        return lambda values: None if (found := key.value_in(values)) is None else low <= found <= high

    def _likeness(self, key: Key) -> Trial | None:
        if not self._took("LIKE"):
            return None
        if self._token.kind != "text":
            self._refuse("a 'text' after LIKE")
        pattern = _like(self._literal().text)
        return lambda values: None if (text := key.text_in(values)) is None else pattern.fullmatch(text) is not None

    def _compared(self, key: Key, operator: str, literal: Literal) -> Trial:
        key, compare = key.compared_with(literal), _OPERATORS[operator]
        wanted = self._value(key, literal)
        return lambda values: None if (found := key.value_in(values)) is None else compare(found, wanted)

    def _operator(self) -> str:
        return self._took(*_OPERATORS) or self._refuse("a comparison (=, <>, <, <=, >, >=, IN, BETWEEN, LIKE, IS)")

    def _key(self) -> Key:
        token = self._token
        name = token.text.strip('`"').lower()
        if token.kind not in ("word", "quoted") or token.word in _RESERVED or name not in self._keys:
            self._refuse(f"one of the partition keys ({', '.join(self._keys) or 'this table has none'})")
        key = self._keys[name]
        if key.convert is None:
            self._refuse(f"a key that can be compared: {key.name} is of type {key.type}, known are {', '.join(TYPES)}")
        self._at += 1
        return key

    def _literal(self) -> Literal:
        return self._literal_if_any() or self._refuse("a 'text' or a number")

    def _literal_if_any(self) -> Literal | None:
        token, behind = self._token, self._tokens[self._at + 1 : self._at + 2]
        if token.kind in ("text", "number"):
            self._at += 1
            return Literal(token.kind, _unquoted(token.text))
        if token.word in ("DATE", "TIMESTAMP") and behind and behind[0].kind == "text":
            self._at += 2
            return Literal(token.word.lower(), _unquoted(behind[0].text))
        if token.word in ("TRUE", "FALSE") and token.text.lower() not in self._keys:
            self._at += 1
            return Literal("boolean", token.text)
        return None

    def _value(self, key: Key, literal: Literal) -> Any:
        value = key.value_of(literal.text)
        if value is None:
            self._at -= 1
            self._refuse(f"a value for {key.name}, whose type is {key.type}")
        return value

    def _refuse(self, expected: str, place: int | None = None) -> NoReturn:
        at = self._token.place if place is None else place
        found = self._expression[at : at + 50]
        where = f"character {at + 1}, '{found}'" if found.strip() else "its end"
        raise InvalidInput(f"Expression is not understood at {where}: expected is {expected}.")


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def _all(trials: list[Trial]) -> Trial:
    def trial(values: tuple[str, ...]) -> bool | None:
        found = {one(values) for one in trials}
        return False if False in found else None if None in found else True

    return trial


def _any(trials: list[Trial]) -> Trial:
    def trial(values: tuple[str, ...]) -> bool | None:
        found = {one(values) for one in trials}
        return True if True in found else None if None in found else False

    return trial


def _not(trial: Trial) -> Trial:
    def negated(values: tuple[str, ...]) -> bool | None:
        found = trial(values)
        return None if found is None else not found

    return negated


def _like(pattern: str) -> re.Pattern[str]:
    """LIKE's pattern: `%` is any text, `_` any character, a backslash takes the next as it is.

    Each piece before a `%` is matched at its first place and never elsewhere, which finds the same and keeps a pattern
    of many `%` from taking for ever.
    """
    pieces: list[str] = [""]
    for match in re.finditer(r"\\(.)|(.)", pattern, re.DOTALL):
        if match[2] == "%":
            pieces.append("")
        else:
            pieces[-1] += "." if match[2] == "_" else re.escape(match[1] or match[2])
    if len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL)
    first, *middle, last = pieces
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last, re.DOTALL)
