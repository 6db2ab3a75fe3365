"""Long work: a queue, a schedule and leases that survive a killed worker."""
