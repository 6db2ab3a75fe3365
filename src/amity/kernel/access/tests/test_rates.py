from datetime import UTC, datetime

import pytest

from amity.kernel.access.models import AuditEntry, CostRate, User
from amity.kernel.access.operations import RateError, set_rate
from amity.kernel.access.queries import cost_rates
from amity.kernel.access.rules import SYSTEM

AT = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_a_persons_rate_goes_before_their_roles_and_that_before_anybodys(
    ada: User, ben: User, cleo: User
) -> None:
    set_rate(hour_minor=4_000, actor=SYSTEM, at=AT)
    set_rate(hour_minor=5_000, role=ada.role, actor=SYSTEM, at=AT)
    set_rate(hour_minor=4_500, role=ben.role, actor=SYSTEM, at=AT)

    set_rate(hour_minor=6_000, user=ada, actor=SYSTEM, at=AT)

    rates = cost_rates()
    assert [rates.hour(one.pk) for one in (ada, ben, cleo)] == [6_000, 4_500, 4_000]
    set_rate(hour_minor=None, user=ada, actor=SYSTEM, at=AT)
    assert cost_rates().hour(ada.pk) == 5_000
    assert AuditEntry.objects.filter(action="access.rate_set").count() == 5


@pytest.mark.parametrize(("hour_minor", "role"), [(-1, ""), (10**12 + 1, ""), (1, "king")])
def test_a_rate_that_cannot_be_is_refused(hour_minor: int, role: str, db: None) -> None:
    with pytest.raises(RateError):
        set_rate(hour_minor=hour_minor, role=role, actor=SYSTEM, at=AT)
    assert not CostRate.objects.exists()
