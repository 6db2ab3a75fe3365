"""Finds the capabilities by their folders: one new folder is one new capability."""

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from amity.kernel.hooks.manifest import Capability, Wing


@cache
def capability_packages() -> tuple[str, ...]:
    """Dotted names of all packages of the four wings that hold a `capability.py`, sorted."""
    found: list[str] = []
    for wing in Wing:
        package = import_module(f"amity.{wing}")
        found.extend(
            module.name
            for module in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}.")
            if module.ispkg and find_spec(f"{module.name}.capability") is not None
        )
    return tuple(sorted(found))


@cache
def capabilities() -> tuple[Capability, ...]:
    """The manifests of all capabilities, in the order of the loop."""
    manifests = [import_module(f"{name}.capability").CAPABILITY for name in capability_packages()]
    order = list(Wing)
    return tuple(
        sorted(manifests, key=lambda manifest: (order.index(manifest.wing), manifest.name))
    )


def installed_apps() -> list[str]:
    """The capabilities that are Django applications (those with an `apps.py`)."""
    return [name for name in capability_packages() if find_spec(f"{name}.apps") is not None]


def load(path: str) -> Callable[..., Any]:
    """The object that a slot names by its dotted path."""
    module, _, name = path.rpartition(".")
    loaded: Callable[..., Any] = getattr(import_module(module), name)
    return loaded
