"""Puts the house together: settings, addresses, servers."""
