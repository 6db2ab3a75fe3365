"""Threads at the same rows; on SQLite writers wait in line, so PostgreSQL is where it can break."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from amity.base.time import now
from amity.kernel.jobs.leases import Claim, claim_next
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _postgres(transactional_db: None, kinds: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    kinds.add("test.race", lambda _: None)


def _together(count: int, do: Callable[[int], None]) -> None:
    """Runs `do(number)` in `count` threads that start at the same moment."""
    barrier = threading.Barrier(count)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            do(number)
        except BaseException as error:  # noqa: BLE001 -- shown in the test's own thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_eight_workers_never_claim_the_same_job() -> None:
    for _ in range(60):
        enqueue("test.race", {}, at=now())
    claims: list[Claim] = []

    def claim_all(number: int) -> None:
        while (claim := claim_next(worker=f"w{number}", at=now())) is not None:
            claims.append(claim)

    _together(8, claim_all)

    assert len(claims) == 60
    assert len({claim.job.pk for claim in claims}) == 60


def test_sixteen_who_ask_with_one_key_get_one_job() -> None:
    asked: list[int] = []

    for round_number in range(10):
        key = f"round {round_number}"
        _together(
            16,
            lambda _, key=key: asked.append(  # type: ignore[misc]  # a default binds it
                enqueue("test.race", {}, at=now(), unique_key=key).pk
            ),
        )

    assert len(asked) == 160
    assert Job.objects.count() == len(set(asked)) == 10
