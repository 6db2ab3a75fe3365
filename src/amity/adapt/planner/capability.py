from amity.base.vocabulary import RelationshipType, Role
from amity.kernel.hooks.manifest import (
    Capability,
    JobKind,
    NavigationEntry,
    Permission,
    Wing,
)

ROOM = "amity.adapt.planner"
EVERY_ROLE = frozenset(Role)
DESIGNERS = frozenset({Role.OWNER, Role.STRATEGIST})

CAPABILITY = Capability(
    name="planner",
    label="Planner",
    wing=Wing.ADAPT,
    serves=tuple(RelationshipType),
    permissions=(
        Permission("planner.view", "See plans and what they rest on", EVERY_ROLE),
        Permission("planner.run", "Ask the planner and write its inputs", DESIGNERS),
    ),
    navigation=(NavigationEntry("Planner", "planner", "scale", "planner.view", order=10),),
    jobs=(
        JobKind(
            "planner.solve", "Look for the best plan", f"{ROOM}.jobs.run_solve", lease_seconds=300
        ),
    ),
    urls=f"{ROOM}.urls",
    router=f"{ROOM}.api.router",
    commands=f"{ROOM}.commands.add",
)
