"""What must always hold of contracts."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from amity.kernel.commerce.models import Contract
from amity.kernel.hooks.checks import Finding
from amity.kernel.interactions.queries import effective

REMEDY = "Restore a backup, and report this as a fault."


def contracts_are_told() -> Iterable[Finding]:
    """I8: the log tells of each contract's start, and of its end where it has one; reads all."""
    signed = effective().filter(pk=OuterRef("signed_log_id"))
    ended = effective().filter(pk=OuterRef("ended_log_id"))
    untold = Contract.objects.filter(
        ~Exists(signed) | (~Exists(ended) & Q(ended_on__isnull=False))
    ).count()
    if untold:
        yield Finding("I8", f"{untold} contracts are not as the log tells.", REMEDY)
