"""Questions as statements: read from the package, bound, written for a dialect."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import sqlglot
from sqlglot import exp

NAME = re.compile(r"[a-z][a-z_]*")
STEPS = "fits/"


def questions() -> list[str]:
    """The names of all questions that anyone may put to the tables."""
    return _names("")


def steps() -> list[str]:
    """The names of those that a fit puts to the tables that it keeps in an engine."""
    return _names(STEPS)


def statement(question: str, dialect: str, parameters: Mapping[str, float]) -> str:
    """The SQL of a question with its `$parameters` as literals; whole numbers stay whole.

    Raises:
        KeyError: there is no such question.
        ValueError: a parameter is missing or not asked for.
    """
    tree = _tree(question).copy()
    asked = asked_by(question)
    if asked != sorted(parameters):
        raise ValueError(f"{question} asks for {asked}, not {sorted(parameters)}.")
    for node in list(tree.find_all(exp.Placeholder)):
        node.replace(_literal(parameters[node.name]))
    return tree.sql(dialect=dialect)


def asked_by(question: str) -> list[str]:
    """The names of the parameters of a question.

    Raises:
        KeyError: there is no such question.
    """
    return sorted({node.name for node in _tree(question).find_all(exp.Placeholder)})


def _names(folder: str) -> list[str]:
    return sorted(
        folder + entry.name.removesuffix(".sql")
        for entry in (files(__package__) / "sql" / folder).iterdir()
        if entry.name.endswith(".sql")
    )


def _literal(value: float) -> exp.Expr:
    """A number with all its digits; with an exponent no engine takes it for a decimal."""
    if isinstance(value, int):
        return exp.convert(value)
    return exp.cast(exp.Literal.number(f"{float(value):.17e}"), exp.DataType.Type.DOUBLE)


@cache
def _tree(question: str) -> exp.Expr:
    if not NAME.fullmatch(question.removeprefix(STEPS)) or question not in questions() + steps():
        raise KeyError(question)
    text = (files(__package__) / "sql" / f"{question}.sql").read_text(encoding="utf-8")
    return sqlglot.parse_one(text, dialect="duckdb")
