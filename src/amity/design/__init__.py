"""The wing where relationships are designed."""
