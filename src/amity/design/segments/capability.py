"""The manifest: what the pages of segments bring to the house."""

from amity.kernel.hooks.manifest import Capability, NavigationEntry, Wing

ROOM = "amity.design.segments"

CAPABILITY = Capability(
    name="segments",
    label="Segments",
    wing=Wing.DESIGN,
    navigation=(NavigationEntry("Segments", "segments", "users-group", "segments.view", order=10),),
    urls=f"{ROOM}.urls",
    router=f"{ROOM}.api.router",
    commands=f"{ROOM}.commands.add",
)
