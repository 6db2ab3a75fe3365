"""What an invariant check says when it finds something broken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant: which one (`I1`…), what is wrong, what to do."""

    invariant: str
    message: str
    remedy: str
