"""Segments: saved rules over live customers, with their pages, API and commands."""
