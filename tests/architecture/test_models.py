"""What the import contracts cannot see: strings that lead to models, and models out of place."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model

import amity

SOURCE = Path(amity.__file__).parent
WINGS = ("design", "run", "measure", "adapt")
KERNEL_ORDER = (  # low to high, as in the import contract
    "jobs access calendars customers commerce touchpoints interactions traits imports messaging"
    " experiments segments policy"
).split()
BY_NAME = {"get_model", "import_string", "import_module", "__import__", "get_user_model"}


def _own_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("amity.")]


def _room(model: type[Model]) -> str:
    return apps.get_app_config(model._meta.app_label).name


def _may_refer(source: str, target: str) -> bool:
    if source == target or not target.startswith("amity."):
        return True
    if not target.startswith("amity.kernel."):
        return False
    if not source.startswith("amity.kernel."):
        return True
    order = [f"amity.kernel.{name}" for name in KERNEL_ORDER]
    return order.index(target) < order.index(source)


@pytest.mark.parametrize("model", _own_models(), ids=lambda model: model._meta.label)
def test_a_model_refers_to_its_own_room_and_the_floors_below(model: type[Model]) -> None:
    related = [field.related_model for field in model._meta.get_fields() if field.concrete]
    targets = {_room(target) for target in related if isinstance(target, type)}

    assert [target for target in targets if not _may_refer(_room(model), target)] == []


@pytest.mark.parametrize("model", _own_models(), ids=lambda model: model._meta.label)
def test_a_model_stands_in_the_models_of_its_room(model: type[Model]) -> None:
    room = _room(model)

    assert model.__module__.removeprefix(room).split(".")[1] == "models"


def _wing_modules() -> list[Path]:
    return [
        path
        for wing in WINGS
        for path in sorted((SOURCE / wing).rglob("*.py"))
        if "tests" not in path.parts
    ]


def _called_names(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            names.add(str(getattr(called, "attr", None) or getattr(called, "id", "")))
    return names


def test_no_wing_reaches_for_anything_by_name() -> None:
    reaching = {
        str(path.relative_to(SOURCE)): sorted(found)
        for path in _wing_modules()
        if (found := _called_names(ast.parse(path.read_text(encoding="utf-8"))) & BY_NAME)
    }

    assert reaching == {}
