"""The pure planner: a company in numbers in, a relationship plan with its reasons out."""
