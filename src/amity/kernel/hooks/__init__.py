"""Capabilities declare themselves here and are discovered by their manifest."""
