"""The manifest: what insight brings to the house."""

from django.utils.translation import gettext_noop as _

from amity.base.vocabulary import Role
from amity.kernel.hooks.manifest import (
    Capability,
    JobKind,
    NavigationEntry,
    Permission,
    Schedule,
    TraitDefinition,
    Wing,
)

ROOM = "amity.measure.insight"
EVERY_ROLE = frozenset(Role)
DESIGNERS = frozenset({Role.OWNER, Role.STRATEGIST})

CAPABILITY = Capability(
    name="insight",
    label=_("Insight"),
    wing=Wing.MEASURE,
    permissions=(
        Permission("insight.view", "See measurements and reports", EVERY_ROLE),
        Permission("insight.measure", "Measure the customer base", DESIGNERS),
    ),
    navigation=(
        NavigationEntry(
            _("Insight"), "insight", "chart-histogram", "insight.view", order=10, daily=True
        ),
    ),
    urls=f"{ROOM}.urls",
    router=f"{ROOM}.api.router",
    jobs=(JobKind("insight.measure", "Measure customers", f"{ROOM}.jobs.run_measure"),),
    commands=f"{ROOM}.commands.add",
    schedules=(Schedule("insight.measure", "30 2 * * *"),),
    traits=(
        TraitDefinition("orders", _("Orders"), "number", "Orders so far, returns not counted."),
        TraitDefinition(
            "first_order_on", _("First order"), "date", "Day of the first purchase."
        ),
        TraitDefinition("last_order_on", _("Last order"), "date", "Day of the last purchase."),
        TraitDefinition(
            "recency_days", _("Days since last order"), "days",
            "Days from the last purchase to the day of measurement.", "days",
        ),
        TraitDefinition(
            "tenure_days", _("Days as a customer"), "days",
            "Days from the first purchase to the day of measurement.", "days",
        ),
        TraitDefinition(
            "frequency", _("Repeat purchases"), "number",
            "Days with a purchase after the first one.",
        ),
        TraitDefinition(
            "spend_total", _("Spent so far"), "money", "Net of discounts, returns and refunds."
        ),
        TraitDefinition(
            "monetary", _("Spend per purchase"), "money", "Mean net of the days with a purchase."
        ),
        TraitDefinition(
            "expected_spend", _("Expected spend per purchase"), "money",
            "The model's mean spend, between the customer's own and the base's.",
        ),
        TraitDefinition(
            "rfm_r", _("Recency score"), "number", "1 to 5; 5 is the fifth that bought last."
        ),
        TraitDefinition(
            "rfm_f", _("Frequency score"), "number", "1 to 5; 5 is the fifth that buys most often."
        ),
        TraitDefinition(
            "rfm_m", _("Money score"), "number", "1 to 5; 5 is the fifth that spent most."
        ),
        TraitDefinition("rfm", _("RFM"), "text", "The three scores side by side."),
        TraitDefinition(
            "rfm_group", _("RFM group"), "text",
            "champions, loyal, promising, new, fading, at risk or lost.",
        ),
        TraitDefinition(
            "p_alive", _("Still a customer"), "share",
            "Probability that the customer has not left (MBG/NBD where it fits).",
        ),
        TraitDefinition(
            "expected_purchases_12m", _("Purchases to come"), "number",
            "Expected purchase days in the next 12 months.",
        ),
        TraitDefinition(
            "clv_12m", _("Value to come"), "money",
            "Expected contribution in the next 12 months, discounted.",
        ),
    ),
)  # fmt: skip
