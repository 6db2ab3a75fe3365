"""Questions as statements: read from the package, bound, written for a dialect."""

import re
from functools import cache
from importlib.resources import files

import sqlglot
from sqlglot import exp

NAME = re.compile(r"[a-z][a-z_]*")


def questions() -> list[str]:
    """The names of all questions."""
    return sorted(
        entry.name.removesuffix(".sql")
        for entry in (files(__package__) / "sql").iterdir()
        if entry.name.endswith(".sql")
    )


def statement(question: str, dialect: str, parameters: dict[str, int]) -> str:
    """The SQL of a question with its `$parameters` as literals.

    Raises:
        KeyError: there is no such question.
        ValueError: a parameter is missing or not asked for.
    """
    tree = _tree(question).copy()
    asked = asked_by(question)
    if asked != sorted(parameters):
        raise ValueError(f"{question} asks for {asked}, not {sorted(parameters)}.")
    for node in list(tree.find_all(exp.Placeholder)):
        node.replace(exp.convert(int(parameters[node.name])))
    return tree.sql(dialect=dialect)


def asked_by(question: str) -> list[str]:
    """The names of the parameters of a question.

    Raises:
        KeyError: there is no such question.
    """
    return sorted({node.name for node in _tree(question).find_all(exp.Placeholder)})


@cache
def _tree(question: str) -> exp.Expr:
    if not NAME.fullmatch(question) or question not in questions():
        raise KeyError(question)
    text = (files(__package__) / "sql" / f"{question}.sql").read_text(encoding="utf-8")
    return sqlglot.parse_one(text, dialect="duckdb")
