"""The wing where relationships are run."""
