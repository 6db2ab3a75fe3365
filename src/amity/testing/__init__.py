"""People, worlds and clocks for tests and seeds."""
