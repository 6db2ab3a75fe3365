"""Which steps the loading has, and which are done; the loading itself is slow to import."""

from amity.kernel.access.models import AuditEntry, Company
from amity.kernel.hooks.discovery import capabilities
from amity.kernel.jobs.registry import job_kinds

ACTION = "demonstration.loaded"
MEASURE = "insight.measure"


def step_names() -> set[str]:
    """The steps of this house, with those of its capabilities."""
    seeds = {f"seed:{manifest.name}" for manifest in capabilities() if manifest.seed}
    measuring = {"measure"} if MEASURE in job_kinds() else set()
    return {"touchpoints", "customers", "orders", "campaigns"} | measuring | seeds


def is_all_done() -> bool:
    """Whether this home holds the whole demonstration."""
    if not Company.objects.filter(is_demonstration=True).exists():
        return False
    done = AuditEntry.objects.filter(action=ACTION).values_list("object_id", flat=True)
    return step_names() <= set(done)
