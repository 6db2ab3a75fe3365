"""Segments: saved rules over live data, and who is in them since when."""
