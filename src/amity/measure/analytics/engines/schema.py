"""The columns of the analytic tables. Days are days since 1970-01-01, months run from then too,
moments are microseconds since then (UTC), money is in minor units of `currency`."""

import pyarrow as pa

ORDERS = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("customer_id", pa.int64()),  # null: an anonymous sale
        pa.field("day", pa.int32(), nullable=False),
        pa.field("month", pa.int32(), nullable=False),
        pa.field("is_sale", pa.bool_(), nullable=False),
        pa.field("net_minor", pa.int64()),  # null: not known, or not in the main currency
        pa.field("currency", pa.string(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),
    ]
)
INTERACTIONS = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("customer_id", pa.int64()),  # as written; `customers` knows who it is now
        pa.field("day", pa.int32(), nullable=False),
        pa.field("month", pa.int32(), nullable=False),
        pa.field("happened_us", pa.int64(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("touchpoint", pa.string(), nullable=False),  # key, empty where none
        pa.field("relationship_type", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("direction", pa.string(), nullable=False),
        pa.field("actor", pa.string(), nullable=False),
        pa.field("staff_seconds", pa.int64(), nullable=False),
        pa.field("cost_minor", pa.int64(), nullable=False),
        pa.field("value_minor", pa.int64()),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("corrects", pa.int64()),
        pa.field("is_void", pa.bool_(), nullable=False),
    ]
)
CUSTOMERS = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("owner_id", pa.int64(), nullable=False),  # itself, or who took it in
        pa.field("segment", pa.string(), nullable=False),  # that the policy serves it in, or empty
    ]
)
SCHEMAS = {"orders": ORDERS, "interactions": INTERACTIONS, "customers": CUSTOMERS}
