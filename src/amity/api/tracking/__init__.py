"""Tracking as Segment's clients speak it: identify, track, page, screen, group, alias, batch."""
