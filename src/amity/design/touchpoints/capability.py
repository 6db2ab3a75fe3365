from django.utils.translation import gettext_noop

from amity.kernel.hooks.manifest import Capability, NavigationEntry, Wing

CAPABILITY = Capability(
    name="touchpoints",
    label=gettext_noop("Touchpoints"),
    wing=Wing.DESIGN,
    navigation=(
        NavigationEntry(
            gettext_noop("Touchpoints"), "touchpoints", "route", "touchpoints.view", order=30
        ),
    ),
    urls="amity.design.touchpoints.urls",
    router="amity.design.touchpoints.api.router",
)
