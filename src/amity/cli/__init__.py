"""The amity command."""
