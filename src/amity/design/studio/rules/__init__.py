"""Decisions of the studio that need no database: drafting, editing, reading a canvas."""
