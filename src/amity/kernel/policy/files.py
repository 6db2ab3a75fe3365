"""The canvas as one readable YAML file: `load(dump(document))` is the same document. Pure."""

import re
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel

from amity.kernel.policy.document import CanvasDocument, DocumentError, read_document

MAX_CHARACTERS = 1_000_000
HEADER = """\
# The customer-relationship canvas of Amity.
# Its fields are described in docs/reference/canvas.md; amounts are a year, in major units of
# the currency; the order of the segments is their precedence.
"""
_ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


def dump(document: CanvasDocument) -> str:
    """The document as YAML: the schema's order, defaults left out, the same text every time."""
    values = {"amity_canvas": document.amity_canvas, **_plain(document)}
    body = yaml.dump(
        values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96, indent=2
    )
    return HEADER + body


def load(text: str) -> CanvasDocument:
    """The document that a YAML (or JSON) text describes.

    Raises:
        DocumentError: the text is no YAML, or does not follow the schema.
    """
    if len(text) > MAX_CHARACTERS:
        raise DocumentError((f"The file has more than {MAX_CHARACTERS:,} characters.",))
    try:
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 -- _Loader is a stricter SafeLoader
    except yaml.MarkedYAMLError as error:
        raise DocumentError((_place(error),)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentError((f"The file is not readable as YAML: {error}.",)) from error
    if not isinstance(values, dict):
        raise DocumentError(("The file holds no canvas: it must begin with 'amity_canvas: 1'.",))
    if "amity_canvas" not in values:
        raise DocumentError(("amity_canvas: is missing. Begin the file with 'amity_canvas: 1'.",))
    return read_document({str(key): value for key, value in values.items()})


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    place = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{error.problem or 'not readable as YAML'}."


def _plain(value: Any) -> Any:
    """Plain values in a fixed order: fields as the schema has them, words as the closed sets."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        kept = {name: getattr(value, name) for name in fields if name in _told(value)}
        return {name: _plain(one) for name, one in kept.items()}
    if isinstance(value, dict):
        return {_plain(key): _plain(value[key]) for key in sorted(value, key=_rank)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _told(part: BaseModel) -> set[str]:
    """The fields worth writing: those without a default, and those that differ from it."""
    return {
        name
        for name, field in type(part).model_fields.items()
        if field.is_required() or getattr(part, name) != field.get_default()
    }


def _rank(key: Any) -> tuple[int, str]:
    """Words of a closed set in their own order, others by the alphabet."""
    return (list(type(key)).index(key), "") if isinstance(key, Enum) else (0, str(key))


class _Dumper(yaml.SafeDumper):
    """Lists indented under their key, long texts as blocks, never an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    if _ODD.search(value):  # PyYAML writes these bare and reads them back as plain line ends
        style: str | None = '"'
    else:
        style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _amount(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    tag = "int" if value == value.to_integral_value() else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{tag}", f"{value:f}")


def _day(dumper: yaml.SafeDumper, value: date) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _amount)
_Dumper.add_representer(date, _day)


class _Loader(yaml.SafeLoader):
    """Refuses what a canvas never has: aliases (which can blow up) and a key that stands twice."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs lack it
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed here", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # the parent refuses it as unhashable
            if key.value in seen:
                problem = f"'{key.value}' stands here twice; keep one"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
