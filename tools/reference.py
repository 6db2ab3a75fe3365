"""Writes docs/reference from the code: settings, commands, slots, interaction kinds.

    python tools/reference.py           writes the pages
    python tools/reference.py --check   fails where a page is not as it would be written

The same pages are checked by tests/docs.
"""

import inspect
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by tools/reference.py; change the code, then run it. -->\n"
KERNEL_KINDS = (
    ("commerce.ordered", "An order came in."),
    ("commerce.returned", "Goods came back."),
    ("commerce.canceled", "An order was canceled."),
    ("tracking.*", "A page view or event that a site or app sent."),
    ("note.added", "Somebody noted what passed."),
)


def pages() -> dict[str, str]:
    """The pages by file name."""
    return {
        "settings.md": settings_page(),
        "cli.md": cli_page(),
        "slots.md": slots_page(),
        "interaction-kinds.md": kinds_page(),
    }


def settings_page() -> str:
    """Every environment variable."""
    from amity.project.environment import SETTINGS

    rows = "\n".join(
        f"| `{row.name}` | {f'`{row.default}`' if row.default else ''} | {row.help} |"
        for row in SETTINGS
    )
    return (
        f"{MADE}# Settings\n\nEvery setting is an environment variable. For each there is a twin "
        "whose name ends in `_FILE`, which names a file that holds the value.\n\n"
        f"| variable | default | what it does |\n|---|---|---|\n{rows}\n"
    )


def cli_page() -> str:
    """Every command with its arguments, options and examples, as `--help` tells them."""
    import typer

    from amity.cli.main import app

    opening = (
        f"{MADE}# Commands\n\nFrom a clone `./amity COMMAND`, from the package `amity COMMAND`. "
        "Exit code 0 means done, 1 that something was refused or found broken (one sentence on "
        "stderr says what), 2 that the command was called wrongly.\n"
    )
    paths = _commands(("amity",), typer.main.get_command(app))
    parts = (f"## {' '.join(path)}\n\n```text\n{_help(path)}\n```\n" for path in paths)
    return "\n".join((opening, *parts))


def _commands(path: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path
        return
    for name in sorted(children):
        if not children[name].hidden:
            yield from _commands((*path, name), children[name])


def _help(path: tuple[str, ...]) -> str:
    from typer.testing import CliRunner

    from amity.cli.main import app

    width = {"COLUMNS": "96", "TERMINAL_WIDTH": "96", "NO_COLOR": "1"}
    shown = CliRunner().invoke(app, [*path[1:], "--help"], prog_name="amity", env=width)
    return "\n".join(line.rstrip() for line in shown.output.strip().splitlines())


def slots_page() -> str:
    """What a manifest may declare."""
    from amity.kernel.hooks import manifest, seeding
    from amity.kernel.hooks.checks import Finding

    opening = (
        f"{MADE}# Slots\n\nA capability declares what it brings in `capability.py`, as one "
        "`CAPABILITY = Capability(...)` (amity.kernel.hooks.manifest). Whatever runs is named by "
        "its dotted path, so that reading a manifest loads nothing.\n"
    )
    own = [
        each
        for each in vars(manifest).values()
        if inspect.isclass(each) and each.__module__ == manifest.__name__ and each.__doc__
    ]
    own.sort(key=lambda each: each is not manifest.Capability)
    parts = (_slot(each) for each in (*own, seeding.SeedContext, Finding))
    return "\n".join((opening, *parts))


def _slot(kind: Any) -> str:
    text = inspect.cleandoc(kind.__doc__)
    if not hasattr(kind, "__dataclass_fields__"):
        values = ", ".join(f"`{each.value}`" for each in kind)
        return f"## {kind.__name__}\n\n{text} {values}.\n"
    rows = "\n".join(
        f"| `{each.name}` | `{_type(each.type)}` | {_of(each)} |" for each in fields(kind)
    )
    return f"## {kind.__name__}\n\n{text}\n\n| field | type | default |\n|---|---|---|\n{rows}\n"


def _type(kind: Any) -> str:
    text = kind.__name__ if inspect.isclass(kind) and not hasattr(kind, "__args__") else str(kind)
    for noise in (
        "amity.kernel.hooks.manifest.",
        "amity.base.vocabulary.",
        "collections.abc.",
        "datetime.",
        "typing.",
    ):
        text = text.replace(noise, "")
    return text.replace("|", "\\|")


def _of(field: Any) -> str:
    return "required" if field.default is MISSING else f"`{field.default!r}`"


def kinds_page() -> str:
    """The facts that the house writes to the log."""
    from amity.kernel.hooks.discovery import capabilities

    rows = [f"| `{name}` | kernel | {label} |" for name, label in KERNEL_KINDS]
    rows += [
        f"| `{kind.name}` | {manifest.label} | {kind.label} |"
        for manifest in capabilities()
        for kind in manifest.interaction_kinds
    ]
    return (
        f"{MADE}# Interaction kinds\n\nA kind is a past fact, owner first. A capability that is "
        "removed leaves its facts in the log.\n\n| kind | owner | what it says |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def main(arguments: list[str]) -> int:
    """Writes or checks the pages."""
    stale = [name for name, text in pages().items() if _stored(name) != text]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/reference/{name} is not as the code says. Run: python tools/reference.py")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(pages()[name], encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


def _stored(name: str) -> str:
    file = FOLDER / name
    return file.read_text(encoding="utf-8") if file.exists() else ""


if __name__ == "__main__":
    for variable in [name for name in os.environ if name.startswith("AMITY_")]:
        del os.environ[variable]  # the pages tell the defaults, not this machine's settings
    sys.path.insert(0, str(ROOT / "src"))
    with tempfile.TemporaryDirectory() as home:
        os.environ["AMITY_HOME"] = home
        code = main(sys.argv[1:])
    sys.exit(code)
