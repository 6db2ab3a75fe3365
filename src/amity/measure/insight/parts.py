"""The segments of the published policy, as parts of the base that are measured by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from amity.base.vocabulary import Nature
from amity.kernel.policy.queries import deciding_segments, document_of, published
from amity.kernel.segments.models import Segment
from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.natures import Choice, choose_model
from amity.measure.analytics.summary import Summary

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Canvas:
    """Whom each segment of the published policy serves, and how it is meant, by its key."""

    served: Mapping[int, str]
    names: Mapping[str, str]
    natures: Mapping[str, Nature | None]

    def nature_of(self, customer: int) -> Nature | None:
        """The nature of the segment that serves a customer; None where none does."""
        return self.natures.get(self.served.get(customer, NOBODY))

    def customers_of(self, key: str) -> Ints:
        """The customers that a segment serves."""
        return np.array([who for who, by in self.served.items() if by == key], dtype=np.int64)


def canvas_now() -> Canvas | None:
    """The published policy; None where there is none."""
    version = published()
    if version is None:
        return None
    return Canvas(
        deciding_segments(),
        dict(Segment.objects.values_list("key", "name")),
        {design.segment: design.nature for design in document_of(version).segments},
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A segment's customers as rows; `key` is empty for those in no segment."""

    key: str
    name: str
    nature: Nature | None
    rows: Ints


def parts_of(canvas: Canvas | None, customers: Ints) -> tuple[Part, ...]:
    """The customers by the segment that decides for them; empty without a policy."""
    if canvas is None:
        return ()
    keys = np.array(
        [canvas.served.get(customer, NOBODY) for customer in customers.tolist()], dtype=np.str_
    )
    return tuple(
        Part(
            key,
            canvas.names.get(key, key) or "In no segment",
            canvas.natures.get(key),
            np.flatnonzero(keys == key),
        )
        for key in dict.fromkeys([*canvas.natures, NOBODY])
        if (keys == key).any()
    )


def choice_for(part: Part, summary: Summary) -> Choice:
    """The model that the segment's nature calls for."""
    bought = summary.x[part.rows[part.rows < summary.customers]]
    once = float((bought == 0).mean()) if len(bought) else None
    return choose_model(part.nature or Nature.TRANSACTIONAL, once_share=once)
