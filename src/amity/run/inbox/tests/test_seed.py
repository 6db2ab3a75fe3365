from datetime import timedelta

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import Conversation, Message, Rating
from amity.run.inbox.queries.outcomes import outcomes
from amity.run.inbox.seed import seed


def test_the_story_is_played_once_and_ends_in_the_present(db: None) -> None:
    at = now()
    for n in range(5):
        Customer.objects.create(
            name=f"Customer {n}", name_folded=f"customer {n}", created_at=at, updated_at=at
        )
    context = SeedContext(at=at, actor=SYSTEM, progress=lambda *_facts: None)

    seed(context)
    seed(context)

    assert Conversation.objects.count() == 29
    assert set(Conversation.objects.values_list("status", flat=True)) >= {"open", "closed"}
    assert Conversation.objects.filter(is_spam=True).count() == 1
    assert not Message.objects.filter(at__gt=at).exists()
    assert not Message.objects.filter(delivery__in=["held", "queued"]).exists()
    assert Interaction.objects.filter(kind="inbox.replied", cost_minor__gt=0).exists()
    assert Rating.objects.filter(score__gte=4).exists()
    found = outcomes(since=at - timedelta(days=14), until=at, at=at, days=7)
    assert found.closed > 15
    assert found.satisfied_share is not None
    assert found.judged > 0
