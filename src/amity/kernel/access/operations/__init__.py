"""Changes to people, tokens, settings and the trail of changes."""

from amity.kernel.access.operations.audit import (
    AccessError,
    broken_seals,
    record_audit,
    seal_audit,
)
from amity.kernel.access.operations.people import change_user, create_user
from amity.kernel.access.operations.rates import RateError, set_rate
from amity.kernel.access.operations.settings import SettingsError, company, update_company
from amity.kernel.access.operations.teams import (
    AbsenceError,
    TeamError,
    add_member,
    remove_absence,
    remove_member,
    save_team,
    set_absence,
)
from amity.kernel.access.operations.tokens import (
    create_token,
    create_write_key,
    revoke_token,
    revoke_write_key,
)

__all__ = [
    "AbsenceError",
    "AccessError",
    "RateError",
    "SettingsError",
    "TeamError",
    "add_member",
    "broken_seals",
    "change_user",
    "company",
    "create_token",
    "create_user",
    "create_write_key",
    "record_audit",
    "remove_absence",
    "remove_member",
    "revoke_token",
    "revoke_write_key",
    "save_team",
    "seal_audit",
    "set_absence",
    "set_rate",
    "update_company",
]
