"""What the planner decides from values: inputs, their problem, the proposal it leads to."""
