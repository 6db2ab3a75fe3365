"""Working hours and holidays."""
