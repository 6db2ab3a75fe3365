"""The one policy table: what each role may do. What is not in it, nobody may do.

And what the time of people costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from amity.base.vocabulary import Role
from amity.kernel.hooks.discovery import capabilities
from amity.kernel.hooks.manifest import Permission

EVERY_ROLE = frozenset(Role)
DESIGNERS = frozenset({Role.OWNER, Role.STRATEGIST})
KEEPERS = frozenset({Role.OWNER, Role.STRATEGIST, Role.AGENT, Role.MARKETER})
OWNERS = frozenset({Role.OWNER})

KERNEL_PERMISSIONS = (
    Permission("home.view", "See the home page", EVERY_ROLE),
    Permission("customers.view", "See customers", EVERY_ROLE),
    Permission("customers.edit", "Change customers", KEEPERS),
    Permission("customers.export", "Export customers", DESIGNERS | {Role.ANALYST}),
    Permission("commerce.record", "Record orders and products", KEEPERS),
    Permission("imports.view", "See imports", DESIGNERS | {Role.ANALYST, Role.MARKETER}),
    Permission("imports.run", "Import files and take imports back", DESIGNERS | {Role.MARKETER}),
    Permission("segments.view", "See segments", EVERY_ROLE),
    Permission("segments.edit", "Change segments", DESIGNERS | {Role.MARKETER}),
    Permission("touchpoints.view", "See touchpoints", EVERY_ROLE),
    Permission("touchpoints.edit", "Change touchpoints", DESIGNERS),
    Permission("policy.view", "See the canvas and its versions", EVERY_ROLE),
    Permission("policy.edit", "Draft the canvas", DESIGNERS),
    Permission("policy.publish", "Publish and roll back the policy", DESIGNERS),
    Permission("interactions.view", "See the interaction log", EVERY_ROLE),
    Permission("interactions.record", "Record interactions", KEEPERS),
    Permission("jobs.view", "See jobs", EVERY_ROLE),
    Permission("jobs.manage", "Cancel and retry jobs", DESIGNERS),
    Permission("settings.view", "See the settings", EVERY_ROLE),
    Permission("settings.edit", "Change the settings", OWNERS),
    Permission("people.manage", "Manage people and their roles", OWNERS),
    Permission("teams.view", "See teams and who is away", EVERY_ROLE),
    Permission("teams.manage", "Change teams and other people's absences", DESIGNERS),
    Permission("absences.edit", "Change one's own absences", EVERY_ROLE),
    Permission("tokens.manage", "Make and revoke one's own API tokens", EVERY_ROLE),
    Permission("write_keys.manage", "Make and revoke tracking keys", OWNERS),
    Permission("audit.view", "See who changed what", OWNERS),
)


@cache
def policy_table() -> dict[str, Permission]:
    """All permissions by name: the kernel's and those of every capability's manifest."""
    declared = [permission for manifest in capabilities() for permission in manifest.permissions]
    table: dict[str, Permission] = {}
    for permission in (*KERNEL_PERMISSIONS, *declared):
        if permission.name in table:
            raise ValueError(f"permission {permission.name} is declared twice")
        table[permission.name] = permission
    return table


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it. `scopes` is None for a person at a page, else the token's permissions."""

    kind: str  # "user", "token", "command", "system"
    name: str
    role: Role | None
    user_id: int | None = None
    scopes: frozenset[str] | None = None


SYSTEM = Actor(kind="system", name="Amity", role=Role.OWNER)


def expand_scopes(scopes: frozenset[str]) -> frozenset[str]:
    """The permissions that a token's scopes stand for: `read` is every `.view`, `write` is all."""
    table = policy_table()
    expanded = {name for name in table if name in scopes}
    if "write" in scopes:
        expanded |= set(table)
    if "read" in scopes:
        expanded |= {name for name in table if name.endswith((".view", ".export"))}
    return frozenset(expanded)


def may(actor: Actor, permission: str) -> bool:
    """Whether the actor's role, and the token's scopes where there is one, allow it.

    Raises:
        KeyError: no such permission stands in the policy table.
    """
    row = policy_table()[permission]
    if actor.role is None or actor.role not in row.roles:
        return False
    return actor.scopes is None or permission in expand_scopes(actor.scopes)


def cost_of_time(seconds: int, hour_minor: int | None) -> int:
    """What so many seconds cost, in minor units rounded half up: 25 min at 55.00 is 22.92.

    `hour_minor` is what an hour costs in minor units; 0 comes of None, where nobody said it.
    """
    return (2 * seconds * (hour_minor or 0) + 3600) // 7200


@dataclass(frozen=True, slots=True)
class CostRates:
    """What an hour of whom costs, in minor units of the company's currency.

    `people` has those with a rate of their own or of their role, by their number.
    """

    people: Mapping[int, int]
    anybody: int | None

    def hour(self, user_id: int | None, *, here: int | None = None) -> int | None:
        """What an hour of a person costs: theirs, else what is usual `here`, else anybody's.

        None where nobody said it. Without a person, what is usual here, else anybody's.
        """
        own = self.people.get(user_id) if user_id is not None else None
        if own is not None:
            return own
        return here if here is not None else self.anybody
