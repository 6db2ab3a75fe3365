"""Makes the folder of a new capability: a manifest, a guarded page, rules, and tests that pass.

    python tools/new_capability.py NAME WING

NAME is one lower-case word, WING one of design, run, measure, adapt. No other file changes.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WINGS = ("design", "run", "measure", "adapt")

FILES = {
    "__init__.py": '"""{label}: say in one sentence which relationship it serves."""\n',
    "README.md": """# {label}

Which relationship this serves, in its own words. What it records, what it asks, what it publishes.
""",
    "apps.py": """from django.apps import AppConfig


class {camel}Config(AppConfig):
    name = "amity.{wing}.{name}"
    label = "{name}"
""",
    "capability.py": '''"""The manifest: what {name} brings to the house."""

from amity.base.vocabulary import Role
from amity.kernel.hooks.manifest import Capability, NavigationEntry, Permission, Wing

CAPABILITY = Capability(
    name="{name}",
    label="{label}",
    wing=Wing.{upper},
    permissions=(Permission("{name}.view", "See {name}", frozenset(Role)),),
    navigation=(NavigationEntry("{label}", "{name}:page", "point", "{name}.view"),),
    urls="amity.{wing}.{name}.urls",
)
''',
    "urls.py": """from django.urls import path

from amity.{wing}.{name} import views

app_name = "{name}"
urlpatterns = [path("", views.page, name="page")]
""",
    "views.py": '''"""The page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

{imports}


@requires("{name}.view")
def page(request: HttpRequest) -> HttpResponse:
    """The first page."""
    return render(request, "{name}/page.html", {{"headline": headline(0)}})
''',
    "rules.py": '''"""Decisions from values. Pure."""


def headline(count: int) -> str:
    """What the page says above its list."""
    return "Nothing here yet" if count == 0 else f"{{count}} of them"
''',
    "jinja2/{name}/page.html": """{{% extends "layouts/staff.html" %}}
{{% block title %}}{{{{ _("{label}") }}}}{{% endblock %}}
{{% block content %}}<h2>{{{{ headline }}}}</h2>{{% endblock %}}
""",
    "tests/test_rules.py": """from amity.{wing}.{name}.rules import headline


def test_an_empty_list_says_so() -> None:
    assert headline(0) == "Nothing here yet"
    assert headline(3) == "3 of them"
""",
    "tests/test_pages.py": """from django.test import Client


def test_ada_and_ben_see_the_page_and_cleo_does_not(
    ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    assert ada_client.get("/{name}/").status_code == 200
    assert ben_client.get("/{name}/").status_code == 200
    assert cleo_client.get("/{name}/").status_code == 403
""",
}


def make(name: str, wing: str, source: Path) -> Path:
    """Writes the folder.

    Raises:
        ValueError: the name or wing cannot be, or the folder is there.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]{2,29}", name):
        raise ValueError(f"{name} is no name; use one lower-case word, as in occasions.")
    if wing not in WINGS:
        raise ValueError(f"There is no wing {wing}; use one of {', '.join(WINGS)}.")
    folder = source / "amity" / wing / name
    if folder.exists():
        raise ValueError(f"{folder} is there already.")
    words = {
        "name": name,
        "label": name.capitalize(),
        "camel": name.capitalize(),
        "wing": wing,
        "upper": wing.upper(),
        "imports": "\n".join(
            sorted(
                [
                    "from amity.kernel.access.doors import requires",
                    f"from amity.{wing}.{name}.rules import headline",
                ]
            )
        ),
    }
    for path, text in FILES.items():
        file = folder / path.format(**words)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**words), encoding="utf-8")
    return folder


def main(arguments: list[str]) -> int:
    """Makes what was asked for."""
    if len(arguments) != 2:
        print(__doc__)
        return 2
    try:
        folder = make(arguments[0], arguments[1], ROOT / "src")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{folder.relative_to(ROOT)} is there. Next: its README.md, then its rules.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
