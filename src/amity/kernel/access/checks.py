"""I11: an audit row per change, the chain of digests whole."""

from collections.abc import Iterator
from itertools import islice

from amity.kernel.access.operations import broken_seals
from amity.kernel.hooks.checks import Finding


def audit_chain_is_whole() -> Iterator[Finding]:
    """One finding for each of the first ten broken seals."""
    for number, wrong in islice(broken_seals(), 10):
        yield Finding(
            "I11",
            f"The trail of changes is broken at seal {number}: {wrong}.",
            "Somebody changed the table of audit entries directly. Compare it with a backup.",
        )
