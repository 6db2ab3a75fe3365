import pytest
from django.db import DatabaseError, transaction

from amity.base.time import now
from amity.kernel.interactions.models import Interaction


@pytest.fixture
def interaction(db: None) -> Interaction:
    return Interaction.objects.create(
        happened_at=now(),
        recorded_at=now(),
        kind="commerce.ordered",
        relationship_type="self_service",
        stage="transact",
        currency="USD",
        source="test",
        source_id="1",
    )


def test_the_database_refuses_to_change_the_log(interaction: Interaction) -> None:
    interaction.outcome = "rewritten"

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        interaction.save()

    assert Interaction.objects.get().outcome == ""


def test_the_database_refuses_to_delete_from_the_log(interaction: Interaction) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Interaction.objects.all().delete()

    assert Interaction.objects.count() == 1
