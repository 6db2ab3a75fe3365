"""The reference of the canvas file, written from the document's types.

python -m amity.kernel.policy.schema > docs/reference/canvas.md
"""

from typing import Any

from amity.kernel.policy.document import CanvasDocument
from amity.kernel.policy.files import MAX_CHARACTERS

_ORDER = (
    "CanvasDocument",
    "Capacity",
    "SegmentDesign",
    "Expectation",
    "ValueProposition",
    "Cell",
    "Promise",
    "Target",
    "SegmentDefinition",
    "TouchpointDefinition",
)
_INTRODUCTION = f"""\
# The canvas file

`amity canvas export FILE` writes the canvas as one YAML file and `amity canvas import FILE` takes
it back: what is exported, imported and exported again is the same to the byte. This page is
generated from the types of the document (`python -m amity.kernel.policy.schema`); a test keeps it
true.

- The file begins with `amity_canvas: 1`. Fields that have their default are left out.
- The order of `segments` is their precedence: the first segment that holds a customer decides what
  is promised to them.
- Amounts are a year, in major units of `currency`. Shares are between 0 and 1. Promised times are
  working minutes on the calendar.
- An unknown field, a key that stands twice, an alias and a file of more than {MAX_CHARACTERS:,}
  characters are refused.
- `segment_definitions` carry the rule of a segment in the readable rule language, so that a canvas
  can be taken to another company; so do `touchpoint_definitions` for touchpoints.
"""


def reference() -> str:
    """The page as Markdown."""
    schema = CanvasDocument.model_json_schema()
    models = {"CanvasDocument": schema, **schema["$defs"]}
    parts = [_INTRODUCTION]
    parts.extend(_section(name, models[name]) for name in _ORDER)
    words = {name: one for name, one in sorted(models.items()) if "enum" in one}
    parts.append("## Closed words\n\n| name | values |\n|---|---|")
    parts[-1] += "".join(
        f"\n| {name} | {', '.join(f'`{value}`' for value in one['enum'])} |"
        for name, one in words.items()
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _section(name: str, model: dict[str, Any]) -> str:
    required = set(model.get("required", []))
    rows = [
        f"| `{field}` | {_kind(one)} | {_default(field, one, required)} |"
        for field, one in model["properties"].items()
    ]
    head = f"## {name}\n\n{model.get('description', '').strip()}\n"
    return "\n".join([head, "| field | holds | default |", "|---|---|---|", *rows])


def _default(field: str, one: dict[str, Any], required: set[str]) -> str:
    if field in required:
        return "required"
    default = one.get("default")
    if default is None:
        return "none"
    return "empty" if default in ("", [], {}) or isinstance(default, dict) else f"`{default}`"


def _kind(one: dict[str, Any]) -> str:  # noqa: PLR0911 -- one return for each shape
    if "$ref" in one:
        return _name(one["$ref"])
    if "anyOf" in one:
        kinds = [part for part in one["anyOf"] if part.get("type") not in {"null", "string"}]
        kinds = kinds or [part for part in one["anyOf"] if part.get("type") != "null"]
        return _kind(kinds[0])
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    if "const" in one:
        return f"`{one['const']}`"
    if one.get("type") == "array":
        return f"list of {_kind(one['items'])}"
    if one.get("type") == "object":
        return _mapping(one)
    return _scalar(one)


def _mapping(one: dict[str, Any]) -> str:
    keys = one.get("propertyNames", {})
    return f"{_kind(keys) if keys else 'text'}: {_kind(one['additionalProperties'])}"


def _scalar(one: dict[str, Any]) -> str:
    kind = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}.get(
        one.get("type", ""), "number"
    )
    kind = "day" if one.get("format") == "date" else kind
    bounds = [
        f"{words} {one[name]:g}"
        for name, words in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if name in one
    ]
    if "maxLength" in one:
        bounds.append(f"at most {one['maxLength']} characters")
    if "pattern" in one and kind == "text":
        bounds.append(f"like `{one['pattern']}`")
    return ", ".join([kind, *bounds])


def _name(reference_path: str) -> str:
    name = reference_path.rpartition("/")[2]
    return f"[{name}](#{name.lower()})" if name in _ORDER else name


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201 -- a script that writes to its standard output
