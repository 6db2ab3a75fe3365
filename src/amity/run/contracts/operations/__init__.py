"""Changes of contracts."""
