"""The manifest: what it brings to the house."""

from amity.kernel.hooks.manifest import Capability, NavigationEntry, Wing

CAPABILITY = Capability(
    name="touchpoints",
    label="Touchpoints",
    wing=Wing.DESIGN,
    navigation=(
        NavigationEntry("Touchpoints", "touchpoints", "route", "touchpoints.view", order=30),
    ),
    urls="amity.design.touchpoints.urls",
    router="amity.design.touchpoints.api.router",
)
