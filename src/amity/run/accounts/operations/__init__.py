"""Changes to accounts: tasks, cadence, hours, plans, renewals, meetings, plays, handovers."""
