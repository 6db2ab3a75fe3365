"""The canvas as versions; the published one is what every part obeys."""
