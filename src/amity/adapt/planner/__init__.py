"""The planner: which relationships are worth most; the only reader of `advisor`."""
