"""Publishes what is found of accounts as traits: health, reach, days since contact."""

from collections.abc import Callable, Iterator
from datetime import datetime

from amity.base.results import Grade
from amity.kernel.customers.models import Ownership
from amity.kernel.traits.operations import Finding, drop_stale_traits, write_traits
from amity.run.accounts.queries.health import Condition, calibration, conditions_of

SOURCE = "accounts.measure"
CHUNK = 200


def measure_accounts(
    *, at: datetime, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Writes the traits of all accounts and drops those of former ones; safe to run again.

    The health is an assumption (grade D) until renewals bear it out, then our own observation (B).
    """
    ids = list(
        Ownership.objects.filter(until=None, customer__merged_into=None)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    grade = Grade.D if calibration().missing else Grade.B
    written = 0
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        findings = [found for one in conditions_of(chunk, at).values() for found in _findings(one)]
        for name_grade, part in _by_grade(findings, grade):
            for count in write_traits(findings=part, source=SOURCE, as_of=at, grade=name_grade):
                written += count
        if progress is not None:
            progress(start + len(chunk), len(ids))
    return {
        "accounts": len(ids),
        "written": written,
        "dropped": drop_stale_traits(source=SOURCE, as_of=at),
    }


def _findings(condition: Condition) -> Iterator[Finding]:
    pk, health = condition.customer_id, condition.health
    yield Finding(pk, "account.health", health.score, "", health.low, health.high)
    yield Finding(pk, "account.days_since_contact", float(condition.silence.days))
    if condition.facts.people is not None:
        yield Finding(pk, "account.reach", float(condition.facts.people))


def _by_grade(findings: list[Finding], grade: Grade) -> list[tuple[Grade, list[Finding]]]:
    """The score is as good as its weights; what was counted is our own observation."""
    scores = [one for one in findings if one.name == "account.health"]
    counted = [one for one in findings if one.name != "account.health"]
    return [(level, part) for level, part in ((grade, scores), (Grade.B, counted)) if part]
