"""Who can look after accounts."""

from amity.kernel.access.models import User
from amity.run.accounts.queries.books import capacities


def managers_by_id() -> dict[int, User]:
    """Those who may sign in and have hours for accounts, by number."""
    return User.objects.filter(is_active=True).in_bulk(list(capacities()))
