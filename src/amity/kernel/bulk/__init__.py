"""Many rows at once, the one place for it: COPY on PostgreSQL, one prepared statement on SQLite.

Rows come as an Arrow table whose columns are named like the database columns. The caller holds the
transaction. Model validation and signals are passed over; the constraints of the database hold.
"""

from amity.kernel.bulk.rows import (
    delete,
    hold,
    insert,
    lookup,
    relax_commit,
    reserve_ids,
    update,
)

__all__ = ["delete", "hold", "insert", "lookup", "relax_commit", "reserve_ids", "update"]
