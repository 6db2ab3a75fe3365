"""What a customer was promised: the question that every part of the house asks."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.db import connection

from amity.base.results import AmityError
from amity.kernel.customers.models import Customer
from amity.kernel.policy.compiled import PromiseAnswer, answer_from
from amity.kernel.policy.models import CompiledPromise

# One statement answers both "which version is in force" (so that a new publication is noticed at
# once, by every process) and "which segments hold the customer". The ORM would take three times
# as long to build it as the database takes to run it.
_SQL = """
SELECT version.id, version.number, version.digest, segment.key, segment.name
FROM policy_policyversion AS version
LEFT JOIN (
    segments_segmentmembership AS membership
    JOIN segments_segment AS segment ON segment.id = membership.segment_id
) ON membership.customer_id = %s AND membership.until IS NULL
WHERE version.status = 'published'
"""


class UnknownCustomerError(AmityError):
    """There is no such customer."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    position: int
    answer: PromiseAnswer


def promise_for(customer_id: int) -> PromiseAnswer:
    """What the published policy promises to this customer, and why; one query.

    The first segment of the canvas that holds the customer decides. A merged customer is answered
    as the one that took them in.

    Raises:
        UnknownCustomerError: there is none with this id.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [customer_id])
        rows = cursor.fetchall()
    if not rows:
        return _uncovered(customer_id, None, "No policy is published yet.")
    version_id, number, digest = rows[0][:3]
    compiled = _compiled(version_id, number, digest)
    held = sorted(
        (compiled[key].position, key, name) for _, _, _, key, name in rows if key in compiled
    )
    if not held:
        return _uncovered(
            customer_id, number, f"No segment of version {number} holds this customer."
        )
    _, key, name = held[0]
    others = ", ".join(other for _, _, other in held[1:])
    reason = f"Version {number} promises it to {name}"
    reason += f", which comes before {others}." if others else "."
    return replace(compiled[key].answer, segment_name=name, reason=reason)


def _uncovered(customer_id: int, number: int | None, reason: str) -> PromiseAnswer:
    customer = Customer.objects.filter(pk=customer_id).values_list("merged_into").first()
    if customer is None:
        raise UnknownCustomerError(f"There is no customer {customer_id}.")
    if customer[0] is not None:
        return promise_for(customer[0])
    return PromiseAnswer(version_number=number, segment_key=None, segment_name="", reason=reason)


@lru_cache(maxsize=8)
def _compiled(version_id: int, number: int, digest: str) -> dict[str, _Compiled]:
    """The answers of one version by segment; a version never changes, so they are kept."""
    rows: list[tuple[str, int, dict[str, Any]]] = list(
        CompiledPromise.objects.filter(version_id=version_id).values_list(
            "segment_key", "position", "payload"
        )
    )
    return {
        key: _Compiled(
            position=position,
            answer=answer_from(payload, number=number, segment_key=key, segment_name="", reason=""),
        )
        for key, position, payload in rows
    }
