"""The one append-only log of everything that passed between company and customer."""
