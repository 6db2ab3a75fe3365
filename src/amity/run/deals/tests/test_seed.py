from datetime import datetime

import pytest

from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.operations import create_customer
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.traits.models import Trait
from amity.run.deals.models import Deal
from amity.run.deals.seed import STORIES, seed

pytestmark = pytest.mark.django_db


def test_the_story_is_told_once(at: datetime) -> None:
    for number in range(len(STORIES)):
        customer = create_customer(name=f"House {number}", actor=SYSTEM, at=at)
        Trait.objects.create(
            customer=customer, name="clv_12m", number=number, as_of=at, source="test"
        )
    context = SeedContext(at=at, actor=SYSTEM, progress=lambda _done, _total, _text: None)

    seed(context)
    seed(context)

    statuses = list(Deal.objects.values_list("status", flat=True))
    assert (len(statuses), statuses.count("won"), statuses.count("lost")) == (11, 2, 2)
    assert Deal.objects.get(title="Weekly box for the year").amount_minor == 124_800
    assert not Deal.objects.filter(stage_since__gt=at).exists()
