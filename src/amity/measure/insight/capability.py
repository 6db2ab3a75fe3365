"""The manifest: what insight brings to the house."""

from amity.base.vocabulary import Role
from amity.kernel.hooks.manifest import (
    Capability,
    FileKind,
    JobKind,
    NavigationEntry,
    Permission,
    Schedule,
    Subscription,
    TraitDefinition,
    Wing,
)

ROOM = "amity.measure.insight"
EVERY_ROLE = frozenset(Role)
DESIGNERS = frozenset({Role.OWNER, Role.STRATEGIST})
BUYERS = DESIGNERS | {Role.MARKETER}

CAPABILITY = Capability(
    name="insight",
    label="Insight",
    wing=Wing.MEASURE,
    permissions=(
        Permission("insight.view", "See measurements and reports", EVERY_ROLE),
        Permission("insight.measure", "Measure the customer base", DESIGNERS),
        Permission("insight.spend", "Enter what winning customers cost", BUYERS),
    ),
    navigation=(
        NavigationEntry(
            "Insight", "insight", "chart-histogram", "insight.view", order=10, daily=True
        ),
    ),
    file_kinds=(
        FileKind(
            name="spend",
            label="Spend",
            help="what was spent to win customers, by month and touchpoint.",
            fields=f"{ROOM}.spend_files.FIELDS",
            needs=(("date", "month"), ("touchpoint",), ("amount",)),
            take=f"{ROOM}.spend_files.take",
            check=f"{ROOM}.spend_files.check",
            undo=f"{ROOM}.spend_files.undo",
            key="touchpoint",
        ),
    ),
    urls=f"{ROOM}.urls",
    router=f"{ROOM}.api.router",
    jobs=(
        JobKind("insight.measure", "Measure customers", f"{ROOM}.jobs.run_measure"),
        JobKind(
            "insight.refresh_states", "Refresh the running state", f"{ROOM}.jobs.run_states"
        ),
        JobKind("insight.describe", "Describe cost and sales", f"{ROOM}.jobs.run_describe"),
        JobKind("insight.refresh_lake", "Refresh the analytic tables", f"{ROOM}.jobs.refresh_lake"),
    ),
    checks=(f"{ROOM}.lake.files_are_as_written", f"{ROOM}.states.states_equal_a_rebuild"),
    commands=f"{ROOM}.commands.add",
    schedules=(
        Schedule("insight.measure", "30 2 * * *"),
        Schedule("insight.refresh_lake", "10 3 * * *"),
        Schedule("insight.describe", "30 3 * * *"),
        Schedule("insight.refresh_states", "*/15 * * * *"),
    ),
    subscriptions=(
        Subscription(
            "imports.orders_*", "insight.measure", once=True, setting="MEASURE_AFTER_IMPORT"
        ),
        Subscription(
            "imports.contracts_*", "insight.measure", once=True, setting="MEASURE_AFTER_IMPORT"
        ),
    ),
    traits=(
        TraitDefinition("orders", "Orders", "number", "Orders so far, returns not counted."),
        TraitDefinition(
            "first_order_on", "First order", "date", "Day of the first purchase."
        ),
        TraitDefinition("last_order_on", "Last order", "date", "Day of the last purchase."),
        TraitDefinition(
            "recency_days", "Days since last order", "days",
            "Days from the last purchase to the day of measurement.", "days",
        ),
        TraitDefinition(
            "tenure_days", "Days as a customer", "days",
            "Days from the first purchase to the day of measurement.", "days",
        ),
        TraitDefinition(
            "frequency", "Repeat purchases", "number",
            "Days with a purchase after the first one.",
        ),
        TraitDefinition(
            "spend_total", "Spent so far", "money", "Net of discounts, returns and refunds."
        ),
        TraitDefinition(
            "monetary", "Spend per purchase", "money", "Mean net of the days with a purchase."
        ),
        TraitDefinition(
            "expected_spend", "Expected spend per purchase", "money",
            "The model's mean spend, between the customer's own and the base's.",
        ),
        TraitDefinition(
            "rfm_r", "Recency score", "number", "1 to 5; 5 is the fifth that bought last."
        ),
        TraitDefinition(
            "rfm_f", "Frequency score", "number", "1 to 5; 5 is the fifth that buys most often."
        ),
        TraitDefinition(
            "rfm_m", "Money score", "number", "1 to 5; 5 is the fifth that spent most."
        ),
        TraitDefinition("rfm", "RFM", "text", "The three scores side by side."),
        TraitDefinition(
            "rfm_group", "RFM group", "text",
            "champions, loyal, promising, new, fading, at risk or hibernating.",
        ),
        TraitDefinition(
            "rfm_group_30d", "RFM group 30 days before", "text",
            "The RFM group 30 days before the measurement, or: not yet a customer.",
        ),
        TraitDefinition(
            "rfm_group_90d", "RFM group 90 days before", "text",
            "The RFM group 90 days before the measurement, or: not yet a customer.",
        ),
        TraitDefinition(
            "rfm_group_180d", "RFM group 180 days before", "text",
            "The RFM group 180 days before the measurement, or: not yet a customer.",
        ),
        TraitDefinition(
            "rfm_group_365d", "RFM group 365 days before", "text",
            "The RFM group 365 days before the measurement, or: not yet a customer.",
        ),
        TraitDefinition(
            "p_alive", "Still a customer", "share",
            "Probability that the customer has not left (MBG/NBD where it fits).",
        ),
        TraitDefinition(
            "expected_purchases_12m", "Purchases to come", "number",
            "Expected purchase days in the next 12 months.",
        ),
        TraitDefinition(
            "clv_12m", "Value to come", "money",
            "Expected contribution in the next 12 months, discounted.",
        ),
    ),
)  # fmt: skip
