"""Real processes on a real database file or server, killed for real."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from amity.testing.instances import Instance

DRIVER = str(Path(__file__).with_name("driver.py"))


def _count(to: int, **more: float) -> str:
    return json.dumps({"to": to, **more})


def _jobs(instance: Instance) -> list[tuple[str, int]]:
    rows = instance.query("SELECT status, attempts FROM jobs_job WHERE kind = 'test.count'")
    return [(status, attempts) for status, attempts in rows]


def _marks(instance: Instance) -> int:
    return int(instance.query("SELECT count(*) FROM jobs_job WHERE kind = 'test.mark'")[0][0])


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.1)


def test_a_worker_killed_in_the_middle_is_resumed_and_no_step_is_done_twice(
    instance: Instance,
) -> None:
    killed = instance.start(DRIVER, "work", "1", _count(20, die_at=7))
    assert killed.wait(timeout=60) == -9
    assert _marks(instance) == 7

    instance.start(DRIVER, "work-until-idle").wait(timeout=60)

    assert _jobs(instance) == [("done", 2)]
    assert _marks(instance) == 20


def test_the_jobs_of_a_killed_worker_are_taken_up_at_once_on_the_same_machine(
    instance: Instance,
) -> None:
    killed = instance.start(DRIVER, "work", "1", _count(4, die_at=2, seconds=0.1))
    killed.wait(timeout=60)
    far = "'2100-01-01 00:00:00'"
    change = f"UPDATE jobs_job SET lease_until = {far} WHERE kind = 'test.count' RETURNING id"
    assert len(instance.query(change)) == 1

    instance.start(DRIVER, "work")

    _wait_for(lambda: _jobs(instance) == [("done", 2)])


def test_a_stopped_worker_ends_in_order_and_the_next_goes_on(instance: Instance) -> None:
    quiet = subprocess.DEVNULL
    worker = instance.start(DRIVER, "work", "1", _count(100, seconds=0.2), stderr=quiet)
    _wait_for(lambda: _marks(instance) >= 3)

    worker.terminate()

    assert worker.wait(timeout=20) == 0
    assert _jobs(instance) == [("ready", 0)]
    counted = _marks(instance)
    next_worker = instance.start(DRIVER, "work", stderr=quiet)
    _wait_for(lambda: _marks(instance) > counted)
    next_worker.terminate()


def test_several_workers_share_the_work_and_each_job_is_done_once(instance: Instance) -> None:
    workers = [instance.start(DRIVER, "work-until-idle", "15", _count(1)) for _ in range(3)]

    for worker in workers:
        assert worker.wait(timeout=120) == 0

    assert _jobs(instance) == [("done", 1)] * 45
    assert _marks(instance) == 45


def test_two_schedulers_ask_for_a_due_job_once(instance: Instance) -> None:
    schedulers = [instance.start(DRIVER, "schedule") for _ in range(2)]

    for scheduler in schedulers:
        assert scheduler.wait(timeout=60) == 0

    assert _marks(instance) == 1
