"""Persons, organizations and what identifies them."""
