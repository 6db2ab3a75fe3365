"""Cuts the text of a rule into words, values and signs, each with its position. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from amity.kernel.segments.language.tree import RuleError

MAX_CHARACTERS = 10_000

TokenKind = Literal["word", "string", "number", "date", "sign", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """One piece; `text` is what a string says, or the piece as it was written."""

    kind: TokenKind
    text: str
    position: int

    @property
    def folded(self) -> str:
        """A word in lower case, to compare with the words of the language."""
        return self.text.lower() if self.kind == "word" else ""


_PIECES = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<date>\d{4}-\d{2}-\d{2}(?![\w.-]))
  | (?P<number>-?\d+(?:\.\d+)?%?(?![\w.*-]))
  | (?P<sign><=|>=|!=|<>|[=<>(),≤≥≠])
  | (?P<word>[\w@][\w.*:/@+&'-]*)
    """,
    re.VERBOSE,
)
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!=", "<>": "!="}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def tokens_of(text: str) -> list[Token]:
    """The pieces of `text`, with an end piece.

    Raises:
        RuleError: a character that stands in no piece, or an open quotation mark.
    """
    if len(text) > MAX_CHARACTERS:
        raise RuleError(f"The rule has more than {MAX_CHARACTERS:,} characters. Shorten it.")
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _PIECES.match(text, position)
        if match is None:
            raise RuleError(_odd(text, position), position)
        if match.lastgroup != "space":
            found.append(_token(match))
        position = match.end()
    return [*found, Token("end", "", len(text))]


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    if match.lastgroup == "string":
        return Token("string", _ESCAPED.sub(r"\1", text[1:-1]), match.start())
    if match.lastgroup == "sign":
        return Token("sign", _SIGNS.get(text, text), match.start())
    kind: TokenKind = (
        "date" if match.lastgroup == "date" else "number" if match.lastgroup == "number" else "word"
    )
    return Token(kind, text, match.start())


def _odd(text: str, position: int) -> str:
    character = text[position]
    if character in "\"'":
        return "The quotation mark is never closed. Close it."
    if character in "\u201c\u201d\u201e\u2018\u2019«»":
        return f'Write values between straight quotation marks ("), not {character}.'
    return f"The character {character!r} has no meaning here. Put texts between quotation marks."
