"""Decisions from values: cadence, health, books, assignment, recurrence, calendars. Pure."""
