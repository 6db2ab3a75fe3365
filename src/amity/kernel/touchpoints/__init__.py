"""The registry of places where company and customer meet."""
