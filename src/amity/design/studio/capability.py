"""The manifest: what it brings to the house."""

from amity.kernel.hooks.manifest import Capability, NavigationEntry, Wing

CAPABILITY = Capability(
    name="studio",
    label="Canvas",
    wing=Wing.DESIGN,
    navigation=(
        NavigationEntry(
            "Canvas",
            "canvas",
            "layout-grid",
            "policy.view",
            order=10,
            count="amity.design.studio.queries.versions.waiting",
            daily=True,
        ),
    ),
    urls="amity.design.studio.urls",
    prefix="canvas",
    router="amity.design.studio.api.router",
    commands="amity.design.studio.commands.register",
    seed="amity.design.studio.seed.seed",
)
