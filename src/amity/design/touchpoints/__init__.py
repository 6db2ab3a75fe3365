"""The registry of touchpoints: what there is, what it carries, what overlaps."""
