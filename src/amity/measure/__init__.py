"""The wing that measures what happened: value, cost, signals."""
