"""The invariants: what must hold whatever happens, checked by `amity check` and every night."""

from collections.abc import Iterable
from dataclasses import dataclass

from amity.kernel.hooks.discovery import capabilities, load

# Checks of kernel rooms by dotted path: () -> Iterable[Finding]. Capabilities name theirs in their
# manifests.
KERNEL_CHECKS: tuple[str, ...] = (
    "amity.kernel.access.checks.audit_chain_is_whole",
    "amity.kernel.commerce.checks.lines_belong_to_orders_and_products",
    "amity.kernel.interactions.checks.log_is_append_only",
    "amity.kernel.jobs.upkeep.check_leases",
    "amity.kernel.jobs.upkeep.check_database",
    "amity.kernel.segments.checks.memberships_follow_their_rules",
    "amity.kernel.segments.checks.counts_are_those_of_the_members",
    "amity.kernel.segments.checks.memberships_end_after_they_begin",
    "amity.kernel.policy.checks.one_policy_is_in_force",
    "amity.kernel.policy.checks.digests_match_their_documents",
    "amity.kernel.policy.checks.promises_are_as_compiled",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant: which one (`I1`…), what is wrong, what to do."""

    invariant: str
    message: str
    remedy: str


def broken_invariants() -> list[Finding]:
    """What every check finds; empty where all holds."""
    declared = (path for manifest in capabilities() for path in manifest.checks)
    findings: list[Finding] = []
    for path in (*KERNEL_CHECKS, *declared):
        found: Iterable[Finding] = load(path)()
        findings.extend(found)
    return findings
