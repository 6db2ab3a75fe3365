"""The segments of the published policy, as parts of the base that are measured by themselves."""

from dataclasses import dataclass

import numpy as np

from amity.base.vocabulary import Nature
from amity.kernel.policy.queries import deciding_segments, document_of, published
from amity.kernel.segments.models import Segment
from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.natures import Choice, ValueModel, choose_model
from amity.measure.analytics.summary import Summary

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A segment's customers as rows of the summary; `key` is empty for those in no segment."""

    key: str
    name: str
    nature: Nature | None
    rows: Ints


def parts_of(summary: Summary) -> tuple[Part, ...]:
    """The customers of a summary by the segment that decides for them; empty without a policy."""
    version = published()
    if version is None:
        return ()
    served = deciding_segments()
    names = dict(Segment.objects.values_list("key", "name"))
    natures = {design.segment: design.nature for design in document_of(version).segments}
    keys = np.array(
        [served.get(customer, NOBODY) for customer in summary.customer.tolist()], dtype=np.str_
    )
    return tuple(
        Part(
            key,
            names.get(key, key) or "In no segment",
            natures.get(key),
            np.flatnonzero(keys == key),
        )
        for key in dict.fromkeys([*natures, NOBODY])
        if (keys == key).any()
    )


def choice_for(part: Part, summary: Summary) -> Choice:
    """The model that the segment's nature calls for."""
    once = float((summary.x[part.rows] == 0).mean())
    return choose_model(part.nature or Nature.TRANSACTIONAL, once_share=once)


def caution_of(choice: Choice) -> str:
    """What to bear in mind where orders alone do not tell what the nature asks for."""
    if choice.model not in {ValueModel.CONTRACT, ValueModel.HYBRID}:
        return ""
    return "Its contracts are not in the orders, so what it buys is valued as purchases at will."
