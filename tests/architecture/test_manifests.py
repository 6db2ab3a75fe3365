"""What manifests name is there, and every address has a guard."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from amity.kernel.access.rules import policy_table
from amity.kernel.hooks.checks import KERNEL_CHECKS
from amity.kernel.hooks.discovery import capabilities, capability_packages, load
from amity.kernel.hooks.manifest import Capability
from amity.kernel.jobs.registry import job_kinds, schedules, subscriptions

ALL = pytest.mark.parametrize("manifest", capabilities(), ids=lambda manifest: manifest.name)


def _dotted(manifest: Capability) -> Iterator[str]:
    single = (manifest.router, manifest.commands, manifest.seed, *manifest.checks)
    yield from (path for path in single if path)
    yield from (card.load for card in manifest.customer_cards)
    yield from (entry.count for entry in manifest.navigation if entry.count)
    for kind in manifest.file_kinds:
        yield from (kind.fields, kind.take, kind.check, kind.undo)


@ALL
def test_what_a_manifest_names_is_there(manifest: Capability) -> None:
    assert [path for path in _dotted(manifest) if load(path) is None] == []
    if manifest.urls:
        assert import_module(manifest.urls).urlpatterns


@ALL
def test_a_manifest_names_only_its_own_capability(manifest: Capability) -> None:
    own = next(name for name in capability_packages() if name.endswith(f".{manifest.name}"))

    assert [path for path in _dotted(manifest) if not path.startswith(f"{own}.")] == []


@ALL
def test_navigation_and_cards_lead_to_pages_templates_and_permissions(
    manifest: Capability,
) -> None:
    for entry in manifest.navigation:
        assert reverse(entry.url_name)
        assert entry.permission in policy_table()
    for card in manifest.customer_cards:
        assert get_template(card.template) is not None
        assert card.permission in policy_table()


@pytest.mark.parametrize("name", sorted(job_kinds()))
def test_every_job_kind_has_its_function(name: str) -> None:
    assert callable(load(job_kinds()[name].run))


def test_schedules_and_subscriptions_name_job_kinds() -> None:
    named = {row.job for row in schedules()} | {row.job for row in subscriptions()}

    assert named - set(job_kinds()) == set()


@pytest.mark.parametrize("path", KERNEL_CHECKS)
def test_every_check_is_there(path: str) -> None:
    assert callable(load(path))


def _views(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, object]]:
    for pattern in patterns:
        address = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, address)
        else:
            yield address, pattern.callback


def test_every_address_names_its_permission_or_says_that_it_is_public() -> None:
    bare = [
        address
        for address, view in _views(get_resolver().url_patterns)
        if not hasattr(view, "amity_permission")
    ]

    assert bare == []


def test_every_permission_of_a_view_stands_in_the_policy_table() -> None:
    named = {
        getattr(view, "amity_permission", None) for _, view in _views(get_resolver().url_patterns)
    }

    assert named - set(policy_table()) - {None} == set()
