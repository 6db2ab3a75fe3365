from collections.abc import Callable, Iterator
from typing import Any

import pytest

from amity.kernel.hooks.manifest import JobKind
from amity.kernel.jobs import registry
from amity.kernel.jobs.context import JobContext

JobFunction = Callable[[JobContext], dict[str, Any] | None]


class Kinds:
    """Declares job kinds for one test; their functions are found by name in this module."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def add(self, name: str, function: JobFunction, **options: Any) -> None:
        attribute = f"job_{name.replace('.', '_')}"
        globals()[attribute] = function
        registry.job_kinds()[name] = JobKind(name, name, f"{__name__}.{attribute}", **options)
        self.names.append(name)


@pytest.fixture
def kinds() -> Iterator[Kinds]:
    declared = Kinds()
    yield declared
    for name in declared.names:
        registry.job_kinds().pop(name, None)
