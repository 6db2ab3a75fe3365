"""What every REST door shares: problem details, paging, versions, idempotency, limits."""
